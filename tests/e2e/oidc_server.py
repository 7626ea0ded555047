"""The real OpenID provider that oidc.py signs in by: a node program from the package oidc-provider, and its own login pages."""
import base64
import hashlib
import http.client
import json
import os
import re
import subprocess
import urllib.parse

from gk import ROOT, free_port

FOLDER = os.path.join(ROOT, "tests", "e2e", "oidc_provider")
BACK = "http://127.0.0.1:1/signed-in"


class OidcServer:
    def __init__(self):
        subprocess.run([os.path.join(ROOT, "scripts", "node-packages"), "tests/e2e/oidc_provider"], check=True, timeout=900)
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(["node", os.path.join(FOLDER, "provider.mjs"), str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        assert self.said() == {"ready": True}

    def said(self):
        """The provider warns on its standard output, too."""
        while not (line := self.process.stdout.readline()).startswith("{"):
            assert line, "the provider has ended"
        return json.loads(line)

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.said()

    def token(self, how, claims, alg="RS256", **more):
        return self.ask(**{how: {"alg": alg, "claims": claims, **more}})["token"]

    def reads(self):
        return self.ask(count=True)["reads"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def sign_in(self, name, alg="RS256", nonce="a nonce"):
        """A person signs in at the provider's own pages, code and PKCE: the ID token that their game gets."""
        browser, verifier = Browser(self.port), base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {"client_id": f"game-{alg}", "response_type": "code", "scope": "openid", "redirect_uri": BACK, "nonce": nonce,
                 "code_challenge": challenge, "code_challenge_method": "S256"}
        page = browser.get("/auth?" + urllib.parse.urlencode(query))
        page = browser.post(form_of(page), {"prompt": "login", "login": name, "password": "any"})
        back = browser.post(form_of(page), {"prompt": "consent"})
        code = urllib.parse.parse_qs(urllib.parse.urlparse(back).query)["code"][0]
        basic = base64.b64encode(f"game-{alg}:{urllib.parse.quote_plus('a secret of the tests')}".encode()).decode()
        answer = browser.post("/token", {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}, {"Authorization": f"Basic {basic}"})
        return json.loads(answer)["id_token"]


def form_of(page):
    return urllib.parse.urlparse(re.search(r'action="([^"]+)"', page).group(1)).path


class Browser:
    """Keeps cookies and follows redirects, until one leads back to the game: then its address is the answer."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, fields, headers=None):
        return self.call("POST", path, urllib.parse.urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def call(self, method, path, body=None, headers=None):
        for _ in range(10):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, {**(headers or {}), **({"Cookie": cookies} if cookies else {})})
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, value = line.split(";")[0].split("=", 1)
                self.cookies[name] = value
            if answer.status not in (302, 303):
                assert answer.status == 200, (path, answer.status, text)
                return text
            to = urllib.parse.urljoin(f"http://127.0.0.1:{self.port}{path}", answer.headers["Location"])
            if to.startswith(BACK):
                return to
            method, path, body, headers = "GET", to.split(str(self.port), 1)[1], None, None
        raise AssertionError("redirected for ever")

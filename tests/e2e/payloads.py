"""Texts that would do something if anything but a parameter became of them (RELIABILITY S13): made from families, 500 and more."""
import itertools

MARK = "1787569"  # what 1337*1337 comes to, should anybody work it out
FORGED = "forged_by_a_payload"  # an event of the log, a header, a field


def sql():
    ends = ["'", '"', "')", '")', "'))", "`", "\\'", "''", "$$", ""]
    acts = ["OR 1=1", "AND 1=2", "OR 'a'='a", "UNION SELECT body FROM documents", "UNION ALL SELECT NULL,NULL,NULL", "; DROP TABLE documents", "; DELETE FROM gamekeeper.documents",
            "; UPDATE documents SET body='{}'", "; SELECT pg_sleep(60)", "OR (SELECT count(*) FROM sqlite_master) > 0", "AND randomblob(1000000000) IS NULL", "; ATTACH DATABASE '/tmp/x' AS x",
            "; COPY documents TO '/tmp/x'", "|| (SELECT version())", "; PRAGMA writable_schema=1", "ORDER BY 99", "HAVING 1=1", "PROCEDURE ANALYSE()", "; VACUUM INTO '/tmp/x'", "AND extractvalue(1, 1)"]
    comments = ["--", "/*", "#", ";--"]
    for n, (end, act) in enumerate(itertools.product(ends, acts)):
        yield f"x{end} {act} {comments[n % 4]}"


def like():
    yield from ("%", "_", "%%", "__", "a%", "%a%", "\\%", "[a-z]%", "*", "?", "a*", "^a", "a|b", "(a+)+$", "(.*)*", ".*", "[[:alpha:]]*", "a{1,1000000}", "\\", "\\\\", "%00", "(?R)", "!%")


def json_paths():
    for at in ("$", "$..*", "$.*", "$[*]", "$.store..price", "$['a']", "$[?(@.a>0)]", "$[?(1==1)]", "$[(@.length-1)]", "a.b.c", "a[0]", "/a/b", "/~0~1", "#/components", "#-1", "'$.a'",
               '"', '","admin":true,"x":"', '"}{"', "}", "{", "[", "]", "\\u0000", "\\ud800", '{"$gt":""}', '{"$ne":null}', '{"$where":"sleep(10000)"}', '[{"$or":[]}]', "__proto__", "constructor.prototype",
               '{"__proto__":{"admin":true}}', "null", "true", "1e999", "-0", "NaN"):
        yield at


def graphql():
    for at in ("{ __schema { types { name } } }", "} query x { ledger { pending } }", '") { pending } x: ledger(', "{ a: overview { activeToday } b: overview { activeToday } }", "query($x: String = \"y\") { overview { activeToday } }",
               "fragment f on Query { ...f } { ...f }", "{ overview @skip(if: true) { activeToday } }", "mutation { a }", "subscription { overview { activeToday } }", "...on Query { __typename }", "# a comment\n{ __typename }",
               "\"\"\"", "{ __type(name: \"Query\") { fields { name } } }", "{" * 60, "@include(if: false)", "$x", "{ledger{rows{key}}}", "query a{__typename}query b{__typename}"):
        yield at


def lines():
    for end in ("\r\n", "\n", "\r", "\u2028", "\u0085", "%0d%0a", "\\r\\n", "\x0b", "\x1c"):
        yield f"x{end}{FORGED}: yes"
        yield f'x{end}{{"level":"error","service":"gamekeeper","event":"{FORGED}"}}'
        yield f"x{end}Content-Length: 0{end}{end}HTTP/1.1 200 OK"
        yield f"x{end}Set-Cookie: {FORGED}=1"
        yield f"x{end}Bcc: someone@example.com"


def sheets():
    for first, act in itertools.product("=+-@\t|", ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://example.com","x")', "SUM(1:1)")):
        yield f"{first}{act}"


def templates():
    for start, end in (("{{", "}}"), ("${", "}"), ("#{", "}"), ("<%= ", " %>"), ("{%", "%}"), ("[[", "]]"), ("@{", "}"), ("*{", "}"), ("{", "}"), ("%{", "}"), ("{{{", "}}}"), ("~{", "}")):
        for act in ("1337*1337", "config", "self.__class__", "7 | dump"):
            yield f"{start}{act}{end}"
    yield from ("{player_id}", "{{player_id}}", "{0}", "{}", "%s%s%s%n", "%x%x%x", "%1$s", "%99999d", "{:>9999999}", "$(id)", "`id`", "; id", "| id", "&& id", "$((1337*1337))", "%{(#a=1)}", "<!--#exec cmd=\"id\"-->")


def paths():
    for at in ("../", "..\\", "..%2f", "%2e%2e/", "....//", "/", "//", "./", "~/", "file:///", "\\\\host\\share\\", "..;/", "%252e%252e%252f"):
        for name in ("etc/passwd", "documents.db", ""):
            yield at * 3 + name


def markup():
    for tag in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</title><svg onload=alert(1)>", "javascript:alert(1)", "<a href=x>", "&lt;b&gt;", "<![CDATA[x]]>",
                "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", "' onmouseover='alert(1)", "<iframe srcdoc=x>", "data:text/html,x", "*)(uid=*", "*)(|(a=*", "admin)(&)", "' or count(/*)=1 or '", "x']|//*|a['"):
        yield tag


def letters():
    yield from ("\0", "x\0y", "\x01", "\x7f", "\u200b", "\u202e", "\ufeff", "\ufffd", "\uffff", "\U0001f469\u200d\U0001f680", "\u02bc OR 1=1--", "\uff07 OR 1=1--", "\u2019 OR 1=1--", "e\u0301" * 20, "\u0130", "\ufdfa",
                "x" * 127, "x" * 129, "x" * 5000, "'" * 300, " ", "  x", "x  ", ".", "..", "-", "0", "-1", "9" * 40, "1e309", "0x10", "undefined", "null", "None", "nan", "2026-13-45T99:99:99Z", "CON", "/dev/null", "localhost:22")


def payloads():
    """Each once, in an order that mixes the families."""
    families = [list(f()) for f in (sql, like, json_paths, graphql, lines, sheets, templates, paths, markup, letters)]
    mixed = [text for row in itertools.zip_longest(*families) for text in row if text is not None]
    return list(dict.fromkeys(mixed))


# Where one of them asked the store a question of its own, the two of a pair would be answered differently.
PAIRS = [("x' OR '1'='1", "x' OR '1'='2"), ("x' OR 1=1--", "x' OR 1=2--"), ('x" OR "1"="1', 'x" OR "1"="2'), ("x') OR ('1'='1", "x') OR ('1'='2"), ("x\\' OR 1=1--", "x\\' OR 1=2--"),
         ("x'||'a'='xa", "x'||'a'='xb"), ("x' AND (SELECT 1)=1--", "x' AND (SELECT 1)=2--"), ("%", "~"), ("%%%", "~~~"), ("_", "-"), ("%a%", "~a~"), ("*", "!"), (".*", "-~"), ("x' LIKE '%", "x' LIKE 'y"),
         ("$..*", "$..~"), ("' || true || '", "' || fals || '"), ('{"$ne":null}', '{"$eq":null}'), ('{"$gt":""}', '{"$lt":""}')]

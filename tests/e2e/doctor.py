"""`gamekeeper doctor`: what it finds, what it advises, and that it changes nothing; the alerts and the runbook are true."""
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

from gk import BINARY, ROOT, Server, free_port, run

ALERTS, RUNBOOK = os.path.join(ROOT, "docs", "alerts.yml"), os.path.join(ROOT, "docs", "runbook.md")


def doctor(*args, env=None, before=None):
    """(exit status, {check: row}); `before`: shell commands first, in a mount namespace of its own."""
    command = [BINARY, "doctor", "--json", *args]
    if before:
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        command = [*namespace, "sh", "-ec", f'{before}; exec "$@"', "sh", *command]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GAMEKEEPER_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**clean, **(env or {})})
    assert done.stdout, done
    out = json.loads(done.stdout)
    assert out["well"] == (done.returncode == 0) == all(c["status"] != "failing" for c in out["checks"]), done
    for row in out["checks"]:
        assert set(row) == {"check", "status", "detail", "advice"} and row["detail"], row
        assert (row["advice"] is None) == (row["status"] == "ok"), row
    return done.returncode, {c["check"]: c for c in out["checks"]}


def here(*more):
    return ("--listen", f"127.0.0.1:{free_port()}", *more)


def test_a_fresh_machine_is_well_and_stays_untouched():
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "not", "yet")
        status, rows = doctor(*here("--data", data))
        assert status == 0, rows
        assert {"configuration", "data folder", "disk", "documents", "log", "series", "clock", "port", "open files", "dashboard"} == set(rows), rows
        assert "does not exist yet" in rows["data folder"]["detail"] and os.listdir(folder) == []


def test_a_running_server_is_recognised():
    with Server() as gk:
        gk.post([{"name": "x", "player_id": "p"}])
        gk.drained()
        status, rows = doctor("--data", gk.data, "--listen", f"127.0.0.1:{gk.port}")
        assert status == 0 and rows["port"]["detail"].startswith("A gamekeeper answers"), rows
        assert rows["documents"]["detail"] == "1 file can be read." and rows["series"]["detail"] == "2 files can be read.", rows
        assert gk.row()["stored"] == 1


def test_a_port_in_use():
    with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, rows = doctor("--data", folder, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        assert status == 1 and rows["port"]["status"] == "failing" and "--listen" in rows["port"]["advice"], rows


def test_a_folder_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as folder:
        status, rows = doctor(*here("--data", folder), before=f"mount -t tmpfs -o ro tmpfs {folder}")
        assert status == 1 and rows["data folder"]["status"] == "failing" and folder in rows["data folder"]["detail"] and "--data" in rows["data folder"]["advice"], rows
        file = os.path.join(folder, "file")
        open(file, "w", encoding="utf-8").close()
        status, rows = doctor(*here("--data", file))
        assert status == 1 and "not a folder" in rows["data folder"]["detail"], rows


def test_data_of_a_newer_version():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "format"), "w", encoding="utf-8") as f:
            f.write("99\n")
        status, rows = doctor(*here("--data", folder))
        assert status == 1 and rows["data folder"]["status"] == "failing" and "newer" in rows["data folder"]["detail"], rows
        assert os.listdir(folder) == ["format"]


def test_a_disk_that_is_nearly_full():
    with tempfile.TemporaryDirectory() as folder:
        status, rows = doctor(*here("--data", folder), before=f"mount -t tmpfs -o size=300m tmpfs {folder}; head -c 100m /dev/zero > {folder}/fill")
        assert status == 1 and rows["disk"]["status"] == "failing" and "200 MiB of 300 MiB" in rows["disk"]["detail"] and "507" in rows["disk"]["advice"], rows
        status, rows = doctor(*here("--data", folder), before=f"mount -t tmpfs -o size=600m tmpfs {folder}")
        assert status == 0 and rows["disk"]["status"] == "warning", rows


def test_damaged_stores():
    with Server() as gk:
        gk.post([{"name": "x", "player_id": f"p{i}"} for i in range(200)])
        gk.drained()
        assert gk.stop() == 0
        for check, name in (("documents", "documents.db"), ("series", "series/p00.db")):
            copy = tempfile.mkdtemp(prefix="gk-doctor-")
            try:
                shutil.copytree(gk.data, copy, dirs_exist_ok=True)
                path = os.path.join(copy, name)
                with open(path, "r+b") as f:
                    f.seek(os.path.getsize(path) - 3000)
                    byte = f.read(1)
                    f.seek(-1, os.SEEK_CUR)
                    f.write(bytes([byte[0] ^ 1]))
                status, rows = doctor(*here("--data", copy))
                assert status == 1 and rows[check]["status"] == "failing" and name in rows[check]["detail"] and "backup" in rows[check]["advice"], rows
            finally:
                shutil.rmtree(copy)
        assert doctor(*here("--data", gk.data))[0] == 0


def test_a_configuration_that_cannot_be_read():
    status, rows = doctor(*here(), env={"GAMEKEEPER_SERVER_NONSENSE": "1"})
    assert status == 2 and rows["configuration"]["status"] == "failing" and "GAMEKEEPER_SERVER_NONSENSE" in rows["configuration"]["detail"], rows


def test_what_stands_beside_it():
    with tempfile.TemporaryDirectory() as folder:
        env = {"GAMEKEEPER_TELEMETRY_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", "GAMEKEEPER_SERVER_WEB": folder, "GAMEKEEPER_SERVER_TLS_CERTIFICATE": "/none.pem",
               "GAMEKEEPER_SERVER_TLS_KEY": "/none.key", "GAMEKEEPER_SERVER_CONNECTIONS_MAX": "1000000"}
        status, rows = doctor(*here("--data", folder), env=env, before="ulimit -n 1000")
        states = {name: row["status"] for name, row in rows.items()}
        assert status == 1 and states["tls"] == "failing", rows
        assert states["telemetry"] == states["dashboard"] == states["open files"] == "warning", rows
        kafka = {"GAMEKEEPER_LOG_KIND": "kafka", "GAMEKEEPER_KAFKA_BROKERS": f"127.0.0.1:{free_port()}", "GAMEKEEPER_KAFKA_SECURITY": "sasl_ssl", "GAMEKEEPER_KAFKA_SASL_MECHANISM": "PLAIN"}
        status, rows = doctor(*here("--data", folder, "--mode", "production"), env=kafka)
        assert status == 1 and rows["kafka"]["status"] == "failing" and rows["secrets"]["status"] == "failing" and "kafka.sasl_username" in rows["secrets"]["detail"], rows


def test_it_reads_well_too():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([BINARY, "doctor", "--data", folder, *here()], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and re.search(r"^data folder +ok ", done.stdout, re.M), done.stdout


def test_alerts_are_rules_over_metrics_that_exist():
    checked = subprocess.run(["promtool", "check", "rules", ALERTS], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with open(ALERTS, encoding="utf-8") as f:
        text = f.read()
    used = set(re.findall(r"\b((?:gamekeeper|process)_\w+)\b", text))
    env = {"GAMEKEEPER_TELEMETRY_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with Server(env=env) as gk:
        gk.post([{"name": "x", "player_id": "p"}])
        gk.drained()
        exposed = gk.call("GET", "/metrics", key=None).body.decode()
    there = set(re.findall(r"^(\w+)(?:\{| )", exposed, re.M))
    assert used <= there, f"alerts use metrics that do not exist: {sorted(used - there)}"
    for label, value in re.findall(r'(\w+)="([^"]+)"', text):
        if label not in ("job", "status"):
            assert f'{label}="{value}"' in exposed, (label, value)


def test_every_alert_is_in_the_runbook_and_the_other_way_round():
    with open(ALERTS, encoding="utf-8") as f:
        alerts = re.findall(r"- alert: (\w+)", f.read())
    with open(RUNBOOK, encoding="utf-8") as f:
        text = f.read()
    assert len(set(alerts)) == len(alerts) > 10
    assert set(re.findall(r"^## (Gamekeeper\w+)$", text, re.M)) == set(alerts)
    with open(os.path.join(ROOT, "docs", "configuration.md"), encoding="utf-8") as f:
        page = f.read()
    for section, leaf in re.findall(r"`(log|ingest|processor|server|logging|telemetry|kafka)\.(\w+)", text):
        assert f"| `{leaf}` |" in page.split(f"## [{section}]")[1].split("\n## ")[0], (section, leaf)


run(globals())

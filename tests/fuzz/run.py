"""Runs one fuzz target for GK_FUZZ_SECONDS (20): first the corpus of the repository, then what libFuzzer makes of it.
The course is the same each time unless GK_FUZZ_SEED says another, so that a test run can be repeated.
Fails on a crash, a sanitizer's report, an input of more than 5 s or more than 512 MiB; such an input is kept and shown.

usage: run.py TARGET        (binaries in GK_FUZZ_BUILD, else build/fuzz)"""
import base64
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
name = sys.argv[1]
build = os.path.abspath(os.environ.get("GK_FUZZ_BUILD", "build/fuzz"))
seconds = int(os.environ.get("GK_FUZZ_SECONDS", "20"))
seed = int(os.environ.get("GK_FUZZ_SEED", "1"))
corpus = os.path.join(HERE, "corpus", name)
artifacts = os.path.join(build, "artifacts", name)
os.makedirs(artifacts, exist_ok=True)
before = set(os.listdir(artifacts))

with tempfile.TemporaryDirectory(prefix="gk-fuzz-") as grown:
    for file in os.listdir(corpus):
        shutil.copy(os.path.join(corpus, file), grown)
    command = [os.path.join(build, "fuzz_" + name), grown, f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=5", "-rss_limit_mb=512",
               "-max_len=8192", "-print_final_stats=1", f"-artifact_prefix={artifacts}/"]
    words = os.path.join(HERE, "words", name)
    if os.path.exists(words):
        command.append("-dict=" + words)
    symbolizer = shutil.which("llvm-symbolizer-19") or "/usr/bin/addr2line"
    env = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="external_symbolizer_path=" + symbolizer)
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")

lines = done.stdout.splitlines()
units = [int(line.split()[-1]) for line in lines if line.startswith("stat::number_of_executed_units")]
covered = [line for line in lines if " cov: " in line]
print(f"{name}: {units[0] if units else 0} inputs in {seconds} s; {covered[-1].strip() if covered else 'no coverage'}")
found = sorted(set(os.listdir(artifacts)) - before)
if done.returncode != 0:
    interesting = [i for i, line in enumerate(lines) if "ERROR" in line or "runtime error" in line or "CHECK(" in line]
    start = max(0, (interesting[0] if interesting else len(lines) - 60) - 5)
    print("\n".join(lines[start:start + 60]))
for file in found:
    path = os.path.join(artifacts, file)
    with open(path, "rb") as f:
        bytes_ = f.read()
    print(f"input kept: {path} ({len(bytes_)} bytes)\n  {bytes_[:400]!r}\n  base64: {base64.b64encode(bytes_[:3000]).decode()}")
if done.returncode == 0 and (not units or units[0] < 100):
    print("so few inputs prove nothing")
    sys.exit(1)
sys.exit(1 if done.returncode != 0 or found else 0)

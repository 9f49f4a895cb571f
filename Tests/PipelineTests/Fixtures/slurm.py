#!/usr/bin/env python3
"""A false Slurm: sbatch, squeue, scontrol and scancel by the name it is called by, with its state in $FALSE_SLURM.

Time passes when squeue is called: jobs that may run do so then, one after another. behaviour.json names what becomes of
the jobs of a stage, one word for each submission ("ok" where there is none):

  ok            the script runs; COMPLETED, or FAILED with its exit code
  requeued      waits for a while, as after a preemption, and runs then
  lost          the script runs, and the job ends NODE_FAIL all the same
  unmade        the script runs, and what it made is taken away
  held, never   waits for ever, held after a failed launch, or for a job that ended otherwise
  waiting       waits for resources for ever
  forgotten     runs, and the controller forgets it
  gone          the controller forgets it before it runs
  reused        as gone, and its number is given to somebody else's job
  TASK=WORD     this word for a task of an array, "ok" for the others
  STATE         ends in this state without running, such as TIMEOUT

The file "down" holds the number of questions that are not answered, "most" the most jobs that may wait or run.
"""

import json
import os
import re
import shutil
import subprocess
import sys

FOLDER = os.environ["FALSE_SLURM"]


def load(name, default):
    try:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def save(name, value):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def sbatch(state, arguments):
    options = dict(word[2:].partition("=")[::2] for word in arguments if word.startswith("--"))
    run, stage = re.fullmatch(r"tandem\.([^.]+)\.([^.]+(?:\.blocks)?)", options["job-name"]).groups()
    if options.get("account") == "nobody":
        sys.exit("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified")
    if sum(job["state"] in ("PENDING", "RUNNING") for job in state["jobs"].values()) >= load("most", 1000):
        sys.exit("sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)")
    words = load("behaviour.json", {}).get(stage, [])
    count = sum(old.endswith(f".{stage}") for old in state["submitted"])
    number = state["next"]
    state["next"] += 1
    state["submitted"].append(options["job-name"])
    state["arguments"].append(arguments)
    first, _, last = options.get("array", "").partition("-")
    for task in range(int(first), int(last) + 1) if first else [None]:
        does = words[count] if count < len(words) else "ok"
        if "=" in does:
            does = does.partition("=")[2] if does.partition("=")[0] == str(task) else "ok"
        state["jobs"][str(number) if task is None else f"{number}_{task}"] = {
            "name": options["job-name"], "state": "PENDING", "reason": "JobHeldUser", "code": "0:0", "node": "", "age": 0,
            "script": arguments[-1], "does": does, "after": re.findall(r"afterok:(\d+)", options.get("dependency", "")),
        }
    print(f"{number};false")


def tasks(state, number):
    """The job of this number, or all tasks of the array."""
    return [job for key, job in state["jobs"].items() if key.partition("_")[0] == number or key == number]


def end(job, state, reason="None"):
    job.update(state=state, reason=reason, node="n1")


def execute(number, job):
    array, _, task = number.partition("_")
    output = os.path.join(os.path.dirname(job["script"]), f"{number}.slurm.log")
    with open(output, "ab") as file:
        code = subprocess.run(
            [job["script"]], cwd="/", env={
                "SLURM_JOB_ID": f"9{array}{task}" if task else number, "PATH": "/usr/bin:/bin",
                **({"SLURM_ARRAY_JOB_ID": array, "SLURM_ARRAY_TASK_ID": task} if task else {})}, stdin=subprocess.DEVNULL,
            stdout=file, stderr=file).returncode
    end(job, "COMPLETED" if code == 0 else "FAILED", "None" if code == 0 else "NonZeroExitCode")
    job["code"] = f"{code}:0"


def step(state):
    for number, job in list(state["jobs"].items()):
        if job["state"] != "PENDING" or job["reason"] == "JobHeldUser":
            continue
        before = [task for other in job["after"] for task in tasks(state, other)]
        if any(other["state"] not in ("PENDING", "RUNNING", "COMPLETED") for other in before):
            end(job, "CANCELLED", "Dependency")
            continue
        if any(other["state"] != "COMPLETED" for other in before):
            job["reason"] = "Dependency"
            continue
        does = job["does"]
        if does in ("ok", "lost", "forgotten", "unmade") or does == "requeued" and job["age"] > 2:
            execute(number, job)
            if does == "lost":
                end(job, "NODE_FAIL", "NodeDown")
            elif does == "forgotten":
                del state["jobs"][number]
            elif does == "unmade":
                stage = os.path.join(os.path.dirname(job["script"]), "../..", job["name"].rpartition(".")[2])
                shutil.rmtree(stage)
                os.mkdir(stage)
        elif does == "requeued":
            job.update(reason="BeginTime", age=job["age"] + 1)
        elif does == "held":
            job["reason"] = "launch_failed_requeued_held"
        elif does == "never":
            job["reason"] = "DependencyNeverSatisfied"
        elif does == "waiting":
            job["reason"] = "Resources"
        elif does in ("gone", "reused"):
            del state["jobs"][number]
            if does == "reused":
                state["jobs"][number] = {**job, "name": "somebody|else's", "state": "RUNNING", "reason": "None", "node": "n2"}
        else:
            end(job, does)
            job["code"] = "3:0" if does == "FAILED" else "0:0"


def squeue(state, arguments):
    down = load("down", 0)
    if down:
        save("down", down - 1)
        sys.exit("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    step(state)
    for number, job in state["jobs"].items():
        print("|".join([number, job["state"], job["reason"], job["node"], job["name"]]))


def scontrol(state, arguments):
    if arguments[0] == "release":
        for number in arguments[1].split(","):
            for job in tasks(state, number):
                job["reason"] = "None"
    else:
        job = state["jobs"][arguments[-1]]
        print(f"JobId={arguments[-1]} JobName={job['name']} JobState={job['state']} ExitCode={job['code']} Restarts=0")


def scancel(state, arguments):
    state["cancelled"].append(arguments[-1])
    for job in tasks(state, arguments[-1]):
        if job["state"] in ("PENDING", "RUNNING"):
            end(job, "CANCELLED")


state = load("state.json", {"next": 1, "jobs": {}, "submitted": [], "arguments": [], "cancelled": []})
globals()[os.path.basename(sys.argv[0])](state, sys.argv[1:])
save("state.json", state)

"""stratus simulate: from files to figures and a picture."""

import gzip

import pytest

TRACE = "at_s,lasts_s,cpu,ram_mib,disk_mib\n" + "".join(f"{n * 60},3600,2,4096,0\n" for n in range(50))


@pytest.fixture
def trace(stratus):
    path = stratus.home / "week.csv"
    path.write_text(TRACE)
    return path


def test_a_workload_runs_without_any_cloud(stratus, trace):
    told = stratus.ok(f"simulate {trace} --nodes 2 --cpu 8 --ram 65536 --ratio 4,1").out
    assert "arrivals       50 in all, 50 placed" in told and "longest wait   " in told
    assert "site" not in stratus.__dict__  # nobody opened it


def test_the_same_line_has_the_same_answer_and_a_picture(stratus, trace):
    outages = stratus.home / "outages.csv.gz"
    outages.write_bytes(gzip.compress(b"at_s,lasts_s,share\n600,300,0.2\n"))
    line = f"simulate {trace} {outages} --nodes 5 --cpu 4 --ram 8192 --seed 7 --svg {stratus.home}/week.svg -o json"
    first, second = stratus.ok(line).json, stratus.ok(line).json
    assert first == second and first["placed"] == 50 and first["interrupted"] > 0 and len(first["samples"]) >= 240
    assert (stratus.home / "week.svg").read_text().startswith("<svg")
    assert stratus.ok(f"simulate {trace} -o csv").out.startswith("at_s,cpu,ram,disk,running,waiting,down,stranded\n")


def test_the_sites_ratios_and_policy_hold_unless_others_are_given(stratus, trace):
    one = f"simulate {trace} --nodes 1 --cpu 8 --patience 0 --ram 1000000 -o json"
    assert stratus.ok(one).json["refused"] == 50 - 16
    assert stratus.ok(f"-c cpu_ratio=8 {one}").json["refused"] == 50 - 32
    assert stratus.ok(f"{one} --ratio 1").json["refused"] == 50 - 4
    assert stratus.ok(f"-c placement=pack {one}").json["policy"] == "pack"


@pytest.mark.parametrize(
    ("content", "options", "status", "said"),
    [
        (b"x", "", 8, "week.csv: the first line of the trace has columns that nobody knows"),
        (b"\xff\xfe", "", 8, "is no text"),
        (gzip.compress(TRACE.encode())[:-20], "", 8, "is not whole"),
        (TRACE.encode(), "--ratio 1,x", 8, "are no ratios"),
        (TRACE.encode(), "--ratio nan", 8, "between 0.01 and 1000"),
        (TRACE.encode(), "--svg /nowhere/x.svg", 1, "/nowhere/x.svg cannot be written"),
    ],
)
def test_what_cannot_be_simulated_is_refused(stratus, trace, content, options, status, said):
    trace.write_bytes(content)
    answer = stratus(f"simulate {trace} {options}")
    assert answer.status == status and said in answer.err


def test_a_trace_that_is_not_there_is_named(stratus):
    assert stratus("simulate nothing.csv").status == 3

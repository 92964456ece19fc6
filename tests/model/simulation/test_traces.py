"""Traces: each form is read, and what is wrong is told with its line."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.placement import Need
from stratus.model.simulation import Arrival, Outage
from stratus.model.simulation.traces import DAY_S, workload_of

FIXTURES = Path(os.environ.get("STRATUS_FIXTURES", "/nowhere"))


def test_our_own_form_is_read_in_any_order_of_columns_and_counted_from_its_first_arrival():
    text = "cpu,ram_mib,disk_mib,at_s,lasts_s,who\n1,512,10,100,60,alice\n\n2,1024,0,90.5,1,bob\n"
    assert workload_of(text).arrivals == (Arrival(9.5, 60, Need(1, 512, 10)), Arrival(0, 1, Need(2, 1024, 0)))


def test_outages_are_read():
    assert workload_of("at_s,lasts_s,share\n5,10,0.5\n6,1,7\n").outages == (Outage(5, 10, 0.5), Outage(6, 1, 1.0))


def test_opendcs_forms_are_read():
    tasks = "id,submission_time,duration,cpu_count,cpu_capacity,mem_capacity\n7,5000,1500,2,1,99\n8,7000,1,1,1,1\n"
    assert workload_of(tasks).arrivals[0] == Arrival(0, 1.5, Need(2, 99, 0))
    failures = "failure_interval,failure_duration,failure_intensity\n0,1000,1.0\n2000,500,0.25\n3000,1,0\n"
    assert workload_of(failures).outages == (Outage(0, 1, 1), Outage(2, 0.5, 0.25), Outage(5, 0.001, 0))


def test_planetlabs_day_is_read():
    line = "host," + ",".join(["5"] * 288)
    assert workload_of(f"{line}\n\n{line}\n\n").arrivals == (Arrival(0, DAY_S, Need(1, 1536, 1536)),) * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns that nobody knows"),
        ("a,b\n", "columns that nobody knows: 'a, b'"),
        ("at_s,lasts_s,share\n1,2,x\n", "line 2 of the trace: at_s, lasts_s, share must be numbers"),
        ("at_s,lasts_s,share\n1,2,3\n1\n", "line 3 of the trace"),
        ("at_s,lasts_s,share\n1,nan,3\n", "numbers must be between 0 and 1e+15"),
        ("at_s,lasts_s,share\n1e308,2,3\n", "numbers must be between 0 and 1e+15"),
        ("at_s,lasts_s,share\n-1,2,3\n", "numbers must be between 0 and 1e+15"),
        ("at_s,lasts_s,share\n" + "x" * 200_000, "line 2 of the trace is no CSV: field larger than"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(text, said):
    with pytest.raises(BadInput) as refused:
        workload_of(text)
    assert said in refused.value.message


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail_in_any_other_way(text):
    try:
        workload_of("at_s,lasts_s,share\n" + text)
    except BadInput:
        pass


@pytest.mark.skipif(not FIXTURES.joinpath("vm-traces").is_dir(), reason="the public traces are not here")
@pytest.mark.parametrize(
    ("name", "arrivals", "outages"),
    [("opendc-surf-week-tasks", 6295, 0), ("opendc-failures-facebook", 0, 4069), ("planetlab-20110303", 1052, 0)],
)
def test_the_public_traces_are_read_whole(name, arrivals, outages):
    with gzip.open(FIXTURES / "vm-traces" / f"{name}.csv.gz", "rt") as file:
        workload = workload_of(file.read())
    assert (len(workload.arrivals), len(workload.outages)) == (arrivals, outages)

"""What a user sees of a sick node: its cause and mend, and how old it is what is shown."""

from stratus.drivers.link.memory import Fault

CAUSE = "node1 is sick: libvirt does not answer: list the domains: the hypervisor did not answer within 6 s"


def test_a_libvirt_that_hangs_is_told_by_list_why_and_describe(stratus, node):
    stratus.ok("image import /images/tiny.img --name tiny")
    stratus.ok("run tiny --name web --ram 64 --wait")
    stratus.ok("dispatch --once")
    assert stratus.ok("node list -o json").json[0]["trouble"] == ""
    node.hypervisor.hung = "systemctl restart libvirtd"
    stratus.ok("dispatch --once")

    (row,) = stratus.ok("node list -o json").json
    assert (row["state"], row["trouble"], row["mend"]) == ("sick", CAUSE, "systemctl restart libvirtd")
    assert f"  {CAUSE}\n    try: systemctl restart libvirtd\n" in stratus.ok("why web").out
    said = stratus.ok("describe -o json")
    assert said.err.startswith(f"{CAUSE}; what is shown of it was seen ")
    assert said.json[0]["stale"] == CAUSE and said.json[0]["look_age_s"] >= 0
    assert stratus.ok("-qq describe").err == ""
    assert "it is sick: libvirt does not answer" in stratus("run tiny --ram 64").err

    node.hypervisor.hung = ""
    stratus.ok("dispatch --once")
    assert stratus.ok("describe").err == "" and stratus.ok("node list -o json").json[0]["state"] == "enabled"


def test_a_node_that_is_off_is_silent_and_its_mend_is_told(stratus, node):
    stratus.ok("image import /images/tiny.img --name tiny")
    stratus.ok("run tiny --name web --ram 64 --wait")
    node.link.fault = Fault.UNREACHABLE
    assert "0 of 1 nodes answered" in stratus.ok("dispatch --once").out

    (row,) = stratus.ok("node list -o json").json
    assert row["state"] == "silent" and "it is switched off" in row["trouble"] and row["mend"] == "switch it on"
    assert "node1 does not answer" in stratus.ok("describe").err
    assert "try: switch it on" in stratus.ok("why web").out

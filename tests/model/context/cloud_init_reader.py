"""Reads context files as cloud-init does and prints what it understood, as JSON. Run by the Python that has cloud-init.

    cloud_init_reader.py opennebula|nocloud FOLDER... < {"macs": {MAC: NIC}, "as_user": NAME or null}

Kept free of the project's own code: what is printed is cloud-init's word alone.
"""

import json
import sys
import tempfile
import types

from cloudinit import helpers, util, version
from cloudinit.sources import DataSourceNoCloud, DataSourceOpenNebula, normalize_pubkey_data
from cloudinit.user_data import UserDataProcessor

# A distribution on which no card of this very machine is taken for the guest's.
DISTRO = types.SimpleNamespace(networking=types.SimpleNamespace(is_physical=lambda name: False))


def main():
    source, *folders = sys.argv[1:]
    asked = json.load(sys.stdin)
    read = {"opennebula": opennebula, "nocloud": nocloud}[source]
    json.dump({"version": version.version_string(), "results": [read(folder, asked) for folder in folders]}, sys.stdout)


def opennebula(folder, asked):
    found = DataSourceOpenNebula.read_context_disk_dir(folder, DISTRO, asuser=asked.get("as_user"))
    metadata = found["metadata"]
    network = None
    if "network-interfaces" in found:
        network = DataSourceOpenNebula.OpenNebulaNetwork(metadata, DISTRO, asked["macs"]).gen_conf()
    return {
        "metadata": metadata,
        "userdata": as_text(found["userdata"]),
        "network": network,
        "parts": parts(found["userdata"]),
    }


def nocloud(folder, asked):
    """`folder` has the disk's files in seed/nocloud, where cloud-init reads them with the code that reads the disk."""
    paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder})
    config = {"datasource": {"NoCloud": {"fs_label": None}}}
    source = DataSourceNoCloud.DataSourceNoCloud(config, DISTRO, paths)
    if not source._get_data():
        raise SystemExit(f"cloud-init does not take {folder} for a NoCloud disk")
    network = source.network_config
    return {
        "metadata": source.metadata,
        "userdata": as_text(source.userdata_raw),
        "network": util.load_yaml(network) if isinstance(network, (str, bytes)) else network,
        "public_keys": normalize_pubkey_data(source.metadata.get("public-keys")),
        "instance_id": source.get_instance_id(),
        "vendordata": as_text(source.vendordata_raw),
        "parts": parts(source.userdata_raw),
    }


def parts(userdata):
    """(type, file name, text, what YAML makes of a cloud-config) of each part that cloud-init would handle."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        message = UserDataProcessor(helpers.Paths({"cloud_dir": folder, "run_dir": folder})).process(userdata or "")
    for part in message.walk():
        if part.get_content_maintype() != "multipart":
            text = as_text(util.fully_decoded_payload(part))
            config = util.load_yaml(text) if part.get_content_type() == "text/cloud-config" else None
            found.append([part.get_content_type(), part.get_filename(), text, config])
    return found


def as_text(data):
    """Bytes as text that shows each of them."""
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data


if __name__ == "__main__":
    main()

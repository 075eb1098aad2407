"""Looks at a simulated device with Juniper's own library, and says as JSON what it read.

Arguments: port, user name. The password comes by standard input, so that no list of processes shows it.
Every fact is read with its exceptions: PyEZ itself would only say None.
"""

import json
import sys

from jnpr.junos import Device
from jnpr.junos.op.bfd import BfdSessionTable
from jnpr.junos.op.bgp import bgpTable
from jnpr.junos.op.ethport import EthPortTable
from jnpr.junos.op.fpc import FpcHwTable
from jnpr.junos.op.lacp import LacpPortTable
from jnpr.junos.op.lldp import LLDPNeighborTable
from jnpr.junos.op.phyport import PhyPortTable
from jnpr.junos.op.routes import RouteTable
from jnpr.junos.op.systemstorage import SystemStorageTable
from jnpr.junos.utils.config import Config
from jnpr.junos.utils.fs import FS
from jnpr.junos.utils.sw import SW

port, user = int(sys.argv[1]), sys.argv[2]
password = sys.stdin.readline().strip()


def rows(table):
    return [{"key": item.key, **dict(item.items())} for item in table]


def tables(device):
    return {
        "lldp": rows(LLDPNeighborTable(device).get()),
        "ethernet": rows(EthPortTable(device).get()),
        "physical": rows(PhyPortTable(device).get()),
        "lacp": rows(LacpPortTable(device).get()),
        "bgp": rows(bgpTable(device).get()),
        "bfd": rows(BfdSessionTable(device).get()),
        "fpc": rows(FpcHwTable(device).get()),
        "routes": rows(RouteTable(device).get()),
        "storage": rows(SystemStorageTable(device).get()),
    }


def change(device):
    """Changes the configuration and takes it back, in the ways that people use."""
    seen = {}
    with Config(device, mode="exclusive") as config:
        config.load('set system login message "hands off"', format="set")
        seen["diff"] = config.diff()
        seen["check"] = config.commit_check()
        config.commit(comment="by PyEZ", confirm=5)
        config.commit(comment="confirmed by PyEZ")
        config.rollback(2)
        seen["back"] = config.diff()
        config.commit(comment="taken back by PyEZ")
        seen["left"] = config.diff(rb_id=3)
    return seen


def main():
    with Device(host="127.0.0.1", port=port, user=user, passwd=password) as device:
        device.facts_refresh(exception_on_failure=True)
        answer = {
            "facts": dict(device.facts),
            "tables": tables(device),
            "change": change(device),
            "files": sorted(FS(device).ls("/var/tmp")["files"]),
            "md5": SW(device).remote_checksum("/var/tmp/no-such-file.tgz"),
            "alarms": device.rpc.get_system_alarm_information().tag,
            "cli": device.rpc.get_config(options={"format": "text"}).text[:20],
        }
    json.dump(answer, sys.stdout, default=str)


main()

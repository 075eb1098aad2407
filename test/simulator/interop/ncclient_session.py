"""Talks to a simulated device by ncclient, the library below PyEZ and Ansible, and says as JSON what it heard.

Arguments: port, user name. The password comes by standard input.
"""

import json
import sys

from ncclient import manager

port, user = int(sys.argv[1]), sys.argv[2]
password = sys.stdin.readline().strip()

with manager.connect(
    host="127.0.0.1",
    port=port,
    username=user,
    password=password,
    hostkey_verify=False,
    look_for_keys=False,
    allow_agent=False,
    device_params={"name": "junos"},
) as session:
    answer = {"capabilities": sorted(session.server_capabilities), "session": session.session_id}
    with session.locked("candidate"):
        session.load_configuration(action="set", config=["set system login message hello"])
        answer["compare"] = session.compare_configuration().xpath("//configuration-output")[0].text
        session.validate(source="candidate")
        session.discard_changes()
        answer["discarded"] = session.compare_configuration().xpath("//configuration-output")[0].text
    uptime = session.rpc("<get-system-uptime-information/>")
    answer["uptime"] = uptime.xpath("//uptime-information/up-time")[0].text.strip()
json.dump(answer, sys.stdout)

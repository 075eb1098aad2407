import { expect } from "chai";

import { parseAlarms } from "../../src/junos/alarms.ts";
import { parseBfdSessions } from "../../src/junos/bfd.ts";
import { parseBgpSummary, readBgpSummary } from "../../src/junos/bgp.ts";
import {
  isHealthyGroup,
  parseClusterInformation,
  parseClusterInterfaces,
  parseClusterStatus,
  readClusterStatus,
} from "../../src/junos/chassisCluster.ts";
import { commitConfiguration, loadSetCommands, parseCommitHistory } from "../../src/junos/configuration.ts";
import { parseMacTable } from "../../src/junos/ethernetSwitching.ts";
import { localSegments, parseEvpnInstances } from "../../src/junos/evpn.ts";
import { parseChecksum, parseFileList } from "../../src/junos/files.ts";
import { parseFpcs } from "../../src/junos/fpc.ts";
import { parseIdentity, readIdentity } from "../../src/junos/identity.ts";
import { requestPackageAdd } from "../../src/junos/install.ts";
import { classifyInstallReply } from "../../src/junos/installReply.ts";
import { parseInterfaces } from "../../src/junos/interfaces.ts";
import { parseLacp } from "../../src/junos/lacp.ts";
import { parseLldp } from "../../src/junos/lldp.ts";
import { parseRebootReply } from "../../src/junos/reboot.ts";
import { ask } from "../../src/junos/rpcCaller.ts";
import { isVmhostEngine, parseRoutingEngines } from "../../src/junos/routingEngine.ts";
import { parseSoftware, readSoftware, type EngineSoftware } from "../../src/junos/software.ts";
import { freeBytesAt, parseFilesystems, parseStorageCleanup } from "../../src/junos/storage.ts";
import { parseTaskReplication } from "../../src/junos/taskReplication.ts";
import { isDegraded, isMultiMember, parseVirtualChassis } from "../../src/junos/virtualChassis.ts";
import { parseVmhostProbe, parseVmhostVersion } from "../../src/junos/vmhost.ts";
import { parseReply } from "../../src/netconf/xml.ts";
import { element, type XmlNode } from "../../src/netconf/xmlNode.ts";
import { describeWithReplies, readReply, replyNames } from "../support/replies.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

type Check = (reply: XmlNode, name: string) => void | Promise<void>;

function softwareOf(reply: XmlNode): readonly EngineSoftware[] {
  return parseSoftware(reply).engines;
}

/** One row for each reply: what a correct reading of it yields. */
const CHECKS: Readonly<Record<string, Check>> = {
  "jsnapy__chassis-alarms_two-active": (reply) => {
    expect(parseAlarms(reply)).to.deep.equal({
      activeCount: 2,
      alarms: [
        {
          engineName: null,
          severity: "Minor",
          description: "Plane 0 not online",
          type: "Chassis",
          raisedAt: 1532001817000,
        },
      ],
    });
  },
  "jsnapy__software-information_mx240-dual": (reply) => {
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: "re0", hostName: "R3_re0", model: "mx240", release: "14.2-20141220.0" },
    ]);
  },
  "junosexporter__chassis-cluster-status_23.4R2-S2": (reply) => {
    const { clusterId, groups } = parseClusterStatus(reply);
    expect(clusterId).to.equal(17);
    expect(
      groups.map(({ nodes }) => nodes.map((node) => [node.name, node.priority, node.status])),
    ).to.deep.equal([
      [
        ["node0", 200, "primary"],
        ["node1", 150, "secondary"],
      ],
      [
        ["node0", 200, "secondary"],
        ["node1", 150, "primary"],
      ],
    ]);
    expect(groups[1]?.failoverCount).to.equal(3);
    expect(groups[0]?.nodes[0]?.preempt).to.equal(undefined);
    expect(groups[0]?.nodes[0]?.monitorFailures).to.equal(undefined);
  },
  "junosexporter__commit-information_24.2R2": (reply) => {
    expect(parseCommitHistory(reply)).to.deep.equal([
      {
        sequence: 0,
        committedAt: 1757518615000,
        user: "user",
        client: "cli",
        log: "Some log A",
        unconfirmed: false,
      },
      {
        sequence: 1,
        committedAt: 1757518493000,
        user: "user",
        client: "cli",
        log: "Some log B",
        unconfirmed: false,
      },
    ]);
  },
  "junosexporter__fpc-information_qfx-18.4R1": (reply) => {
    const [fpc, ...others] = parseFpcs(reply);
    expect(others).to.deep.equal([]);
    expect(fpc).to.include({ slot: 0, state: "Online", cpuPercent: undefined, heapPercent: undefined });
    expect(fpc?.cpuFiveMinutePercent).to.equal(undefined);
  },
  "junosexporter__fpc-information_srx-cluster-18.4R3": (reply) => {
    expect(parseFpcs(reply).map(({ engineName, slot, state }) => [engineName, slot, state])).to.deep.equal([
      ["node0", 0, "Online"],
      ["node0", 0, "Online"],
      ["node1", 0, "Online"],
    ]);
  },
  "junosexporter__fpc-pic-status_mx-17.3R3": (reply) => {
    const pics = parseFpcs(reply).flatMap((fpc) => fpc.pics.map((pic) => [fpc.slot, pic.slot, pic.state]));
    expect(pics).to.deep.equal([
      [0, 2, "Online"],
      [1, 2, "Online"],
      [3, 0, "Online"],
      [3, 1, "Online"],
    ]);
  },
  "junosexporter__fpc-pic-status_srx-cluster-18.4R3": (reply) => {
    const fpcs = parseFpcs(reply);
    expect(fpcs.map(({ engineName }) => engineName)).to.deep.equal(["node0", "node0", "node1"]);
    const pics = fpcs.flatMap((fpc) => fpc.pics);
    expect(pics.map(({ state }) => state)).to.deep.equal(["Online", "Online", "Online", "Online"]);
    expect(pics[2]?.type).to.equal(undefined);
  },
  "junosexporter__system-alarm-information_multi-re": (reply) => {
    const { activeCount, alarms } = parseAlarms(reply);
    expect(activeCount).to.equal(4);
    expect(alarms.map(({ engineName, description }) => [engineName, description])).to.deep.equal([
      ["node0", "Autorecovery information needs to be saved"],
      ["node0", "Rescue configuration is not set"],
      ["node1", "Autorecovery information needs to be saved"],
      ["node1", "Rescue configuration is not set"],
    ]);
  },
  "junosexporter__virtual-chassis-information_preprovisioned-23.4R2": (reply) => {
    const chassis = parseVirtualChassis(reply);
    expect(chassis.mode).to.equal("Enabled");
    expect(chassis.members.map(({ id, present, role }) => [id, present, role])).to.deep.equal([
      [0, true, "Backup"],
      [1, true, "Master"],
    ]);
    expect(isMultiMember(chassis)).to.equal(true);
    expect(isDegraded(chassis)).to.equal(false);
  },
  "junosupgrader__task-replication-state_all-complete": (reply) => {
    const replication = parseTaskReplication(reply);
    expect(replication).to.include({ gracefulSwitchover: true, mode: "Master", complete: true });
    expect(replication.protocols.map(({ protocol }) => protocol)).to.deep.equal([
      "OSPF",
      "BGP",
      "IS-IS",
      "MPLS",
      "RSVP",
      "LDP",
      "EVPN",
    ]);
  },
  "junosupgrader__vmhost-version_text-output": (reply) => {
    const { currentSet, bootDisk, sets } = parseVmhostVersion(reply);
    expect({ currentSet, bootDisk }).to.deep.equal({ currentSet: "b", bootDisk: "Primary" });
    expect(sets).to.deep.equal([
      { name: "p", junosPackage: "junos-install-mx-x86-64-22.4R3.25", release: "22.4R3.25" },
      { name: "b", junosPackage: "junos-install-mx-x86-64-22.4R3.25", release: "22.4R3.25" },
    ]);
  },
  "librenmsnetconf__chassis-cluster-status_srx-24.4R2-S3.5": (reply) => {
    const { groups, answeredBy } = parseClusterStatus(reply);
    expect(answeredBy).to.equal("node0");
    expect(groups.map(({ id }) => id)).to.deep.equal([0, 1]);
    for (const { nodes } of groups) {
      expect(nodes).to.deep.equal([
        {
          name: "node0",
          priority: 100,
          status: "primary",
          preempt: false,
          manualFailover: false,
          monitorFailures: [],
        },
        {
          name: "node1",
          priority: 1,
          status: "secondary",
          preempt: false,
          manualFailover: false,
          monitorFailures: [],
        },
      ]);
    }
    expect(groups.every(isHealthyGroup)).to.equal(true);
  },
  "librenmsnetconf__evpn-instance-extensive_ex4650": (reply) => {
    const instances = parseEvpnInstances(reply);
    expect(instances.map(({ name }) => name)).to.deep.equal(["__default_evpn__", "default-switch"]);
    const instance = instances[1];
    expect(instance).to.include({
      localMacs: 577,
      remoteMacs: 4449,
      interfacesTotal: 32,
      interfacesUp: 27,
      neighbourCount: 13,
      esiCount: 38,
    });
    expect(instance?.neighbours).to.deep.include({
      address: "192.0.2.12",
      macRoutes: 571,
      macIpRoutes: 542,
      ethernetAutodiscoveryRoutes: 14,
      inclusiveMulticastRoutes: 284,
      ethernetSegmentRoutes: 0,
    });
    expect(instance?.neighbours).to.have.length(2);
    expect(instance?.interfaces.map(({ name, esi, up }) => [name, esi, up])).to.deep.equal([
      [".local..7", undefined, true],
      ["ae2.0", "00:11:22:33:44:55:00:00:02:00", true],
      ["ae4.0", "00:11:22:33:44:55:00:00:04:00", false],
      ["ge-0/0/28.0", undefined, true],
    ]);
    expect(instance?.esis).to.deep.equal([
      {
        esi: "00:11:22:33:44:55:00:00:02:00",
        localInterface: "ae2.0",
        interfaceStatus: "Up/Forwarding",
        forwarding: true,
        remotePes: ["192.0.2.12"],
        designatedForwarder: "192.0.2.11",
        backupForwarder: "192.0.2.12",
        electionAlgorithm: "MOD based",
        irb: false,
      },
      {
        esi: "00:11:22:33:44:55:00:00:04:00",
        localInterface: "ae4.0",
        interfaceStatus: "Down",
        forwarding: false,
        remotePes: [],
        designatedForwarder: undefined,
        backupForwarder: undefined,
        electionAlgorithm: "MOD based",
        irb: false,
      },
      {
        esi: "00:11:22:33:44:66:00:00:01:00",
        localInterface: undefined,
        interfaceStatus: undefined,
        forwarding: false,
        remotePes: ["192.0.2.61", "192.0.2.62"],
        designatedForwarder: undefined,
        backupForwarder: undefined,
        electionAlgorithm: undefined,
        irb: false,
      },
    ]);
    expect(localSegments(instances).map(({ localInterface }) => localInterface)).to.deep.equal([
      "ae2.0",
      "ae4.0",
    ]);
  },
  "librenmsnetconf__lacp-interfaces_ex4650": (reply) => {
    const aggregates = parseLacp(reply);
    expect(aggregates.map(({ name, members }) => [name, members.map((member) => member.name)])).to.deep.equal(
      [
        ["ae1", ["xe-0/0/1"]],
        ["ae2", ["xe-0/0/2"]],
      ],
    );
    for (const { members } of aggregates) {
      expect(members[0]).to.include({ collectingDistributing: true, muxState: "Collecting distributing" });
      expect(members[0]?.partnerTimeout).to.equal("Fast");
    }
  },
  "librenmsnetconf__virtual-chassis-information_ex4650-single-member": (reply) => {
    const chassis = parseVirtualChassis(reply);
    expect(chassis.members.map((member) => [member.id, member.role, member.answering])).to.deep.equal([
      [0, "Master", true],
    ]);
    expect(isMultiMember(chassis)).to.equal(false);
    expect(isDegraded(chassis)).to.equal(false);
  },
  "napalm__bgp-summary_14.1-master": (reply) => {
    const summary = parseBgpSummary(reply);
    expect(summary).to.include({ running: true, groupCount: 1, peerCount: 1, downPeerCount: 0 });
    expect(summary.peers[0]).to.deep.include({
      address: "192.168.2.15",
      autonomousSystem: "65002",
      state: "Established",
      flapCount: 1,
      elapsedSeconds: 247,
    });
    expect(
      summary.peers[0]?.ribs.map(({ name, active, received }) => [name, active, received]),
    ).to.deep.equal([
      ["inet.0", 2, 2],
      ["bgp.l3vpn.0", 0, 4],
      ["inet6.0", 0, 0],
      ["vrf.inet.0", 0, 3],
      ["vrf2.inet.0", 0, 1],
    ]);
    expect(summary.ribs.map(({ name }) => name)).to.deep.equal(["inet.0", "bgp.l3vpn.0", "inet6.0"]);
  },
  "napalm__bgp-summary_not-running": (reply) => {
    expect(parseBgpSummary(reply)).to.deep.equal({
      running: true,
      groupCount: 0,
      peerCount: 0,
      downPeerCount: 0,
      peers: [],
      ribs: [],
    });
  },
  "napalm__bridge-mac-table_mx": (reply) => {
    const { total, entries } = parseMacTable(reply);
    expect([total, entries.length]).to.deep.equal([366, 366]);
    expect(entries[0]).to.deep.equal({
      address: "00:0f:53:0c:96:2d",
      vlanName: "vlan-10",
      vlanId: 10,
      interface: "ae7.10",
    });
  },
  "napalm__ethernet-switching-table_l2ng": (reply) => {
    const { total, entries } = parseMacTable(reply);
    expect([total, entries.length]).to.deep.equal([120, 120]);
    expect(new Set(entries.map(({ vlanName }) => vlanName))).to.include.keys("AP-BRS", "AP-CMP", "MGMT");
  },
  "napalm__ethernet-switching-table_vlan-style": (reply) => {
    const { total, learned, entries } = parseMacTable(reply);
    expect({ total, learned }).to.deep.equal({ total: 18, learned: 15 });
    expect(entries.map(({ address }) => address)).to.deep.equal(["ec:13:db:2d:35:da", "88:5b:dd:3f:3f:80"]);
  },
  "napalm__interface-information_extensive-counters": (reply) => {
    const interfaces = parseInterfaces(reply);
    expect(interfaces).to.have.length(67);
    expect(interfaces.filter(({ operUp }) => operUp)).to.have.length(19);
    expect(interfaces[0]).to.deep.include({
      name: "ge-0/0/0",
      adminUp: true,
      operUp: true,
      carrierTransitions: 15,
      inputErrors: 0,
      inputDrops: 0,
      outputErrors: 0,
      outputDrops: 0,
      flappedSecondsAgo: 17193266,
      outputBitsPerSecond: 984,
      outputPacketsPerSecond: 1,
      inputPackets: 2237496,
    });
    expect(interfaces[1]).to.include({ name: "ge-0/0/1", adminUp: true, operUp: false });
    expect(interfaces[1]?.flappedSecondsAgo).to.equal(undefined);
  },
  "napalm__interface-information_iffdown": (reply) => {
    const interfaces = parseInterfaces(reply);
    expect(interfaces).to.have.length(65);
    expect(interfaces.filter(({ operUp }) => operUp)).to.have.length(27);
    expect(interfaces[0]).to.deep.include({ name: "ge-5/0/0", speed: "1000mbps", inputErrors: undefined });
    // The port is up, its unit is not.
    expect(interfaces[0]?.logical[0]).to.include({ name: "ge-5/0/0.0", operUp: false });
  },
  "napalm__route-engine-information_mx10003-dual": (reply) => {
    const engines = parseRoutingEngines(reply);
    expect(
      engines.map((engine) => [
        engine.slot,
        engine.mastership,
        engine.memoryUtilizationPercent,
        engine.cpuIdlePercent,
      ]),
    ).to.deep.equal([
      [0, "Master", 50, 95],
      [1, "Backup", 7, 99],
    ]);
    expect(engines[0]).to.include({
      model: "RE-S-1600x8",
      status: "OK",
      lastRebootReason: "0x2000:hypervisor reboot",
      startedAt: 1573239583000,
      uptimeSeconds: 20360313,
    });
    expect(engines.every(isVmhostEngine)).to.equal(true);
  },
  "napalm__route-engine-information_srx-cluster": (reply) => {
    const [engine, ...others] = parseRoutingEngines(reply);
    expect(others).to.deep.equal([]);
    expect(engine).to.include({
      engineName: "node0",
      slot: undefined,
      mastership: "Master",
      model: "RE-SRX345-DUAL-AC",
      status: "OK",
      cpuIdlePercent: 92,
      memoryUtilizationPercent: 32,
    });
    expect(engine !== undefined && isVmhostEngine(engine)).to.equal(false);
  },
  "napalm__route-engine-information_virtual-chassis": (reply) => {
    expect(
      parseRoutingEngines(reply).map(({ slot, mastership, model }) => [slot, mastership, model]),
    ).to.deep.equal([
      [0, "Master", "RE-EX2300-24P"],
      [1, "Backup", "RE-EX2300-24P"],
    ]);
  },
  "pyez__bfd-session-information": (reply) => {
    expect(parseBfdSessions(reply)).to.deep.equal([
      { neighbour: "10.92.20.4", up: false, interface: undefined, clients: ["Static"] },
    ]);
  },
  "pyez__chassis-cluster-status_lost-node": (reply) => {
    const [group, ...others] = parseClusterStatus(reply).groups;
    expect(others).to.deep.equal([]);
    if (group === undefined) throw new Error("no group");
    expect(group.nodes[1]).to.deep.equal({
      name: "node1",
      priority: 0,
      status: "lost",
      preempt: undefined,
      manualFailover: undefined,
      monitorFailures: undefined,
    });
    expect(isHealthyGroup(group)).to.equal(false);
  },
  "pyez__chassis-inventory_not-master": async (_reply, name) => {
    expect(await refusalOf(readIdentity(answering(readReply(name))))).to.include({ code: "NotMaster" });
  },
  "pyez__chassis-inventory_serialnumber": (reply) => {
    expect(parseIdentity(reply)).to.deep.equal({ serialNumber: "JN1249018AFB", description: "MX480" });
  },
  "pyez__check-in-service-upgrade_ok": (reply) => {
    expect(classifyInstallReply(reply)).to.deep.include({
      verdict: "Accepted",
      results: [{ engineName: null, result: 0 }],
    });
  },
  "pyez__checksum-information": (reply) => {
    expect(parseChecksum(reply)).to.equal("96a35ab371e1ca10408c3caecdbd8a67");
  },
  "pyez__commit-configuration_errors": async (_reply, name) => {
    const refusal = await refusalOf(commitConfiguration(answering(readReply(name))));
    expect(refusal.code).to.equal("ConfigurationRefused");
    expect(refusal.message)
      .to.include("interface-range 'axp' is not defined")
      .and.include("interface-ranges expansion failed");
  },
  "pyez__ethernet-switching-table_els-summary": (reply) => {
    expect(parseMacTable(reply)).to.deep.equal({ total: 0, learned: undefined, entries: [] });
  },
  "pyez__file-list_dir": (reply) => {
    // The entry's mark for a directory comes with a size; the facts of this reply are made up.
    expect(parseFileList(reply)).to.deep.equal([{ path: "/var/abc", sizeBytes: 2, directory: true }]);
  },
  "pyez__file-list_file": (reply) => {
    expect(parseFileList(reply)).to.deep.equal([{ path: "/var/abc.sh", sizeBytes: 2, directory: false }]);
  },
  "pyez__interface-information_terse-switch": (reply) => {
    const interfaces = parseInterfaces(reply);
    expect(interfaces).to.have.length(29);
    const unit = interfaces.flatMap(({ logical }) => logical).find(({ name }) => name === "bme0.32768");
    expect(unit).to.deep.include({ adminUp: true, operUp: true });
    expect(unit?.families[0]).to.deep.equal({
      name: "inet",
      addresses: ["128.0.0.1/2", "128.0.0.16/2", "128.0.0.32/2"],
    });
  },
  "pyez__lldp-neighbors-information": (reply) => {
    expect(
      parseLldp(reply).map(({ localPort, localParent, remoteSystemName, remotePort }) => [
        localPort,
        localParent,
        remoteSystemName,
        remotePort,
      ]),
    ).to.deep.equal([
      ["et-0/0/48", undefined, "spine-01", "et-0/0/2"],
      ["et-0/0/49", undefined, "spine-02", "et-0/0/2"],
      ["xe-0/0/13", undefined, "leaf-02", "xe-0/0/13"],
    ]);
  },
  "pyez__load-configuration_error": async (_reply, name) => {
    const refusal = await refusalOf(loadSetCommands(answering(readReply(name)), ["set system1"]));
    expect(refusal.code).to.equal("ConfigurationRefused");
    expect(refusal.message).to.include("system1");
  },
  "pyez__request-package-add_no-result": (reply) => {
    const { verdict, results, message } = classifyInstallReply(reply);
    expect(verdict).to.equal("Accepted");
    expect(results).to.deep.equal([]);
    expect(message).to.equal("JUNOS 11.1R3.5 will become active at next reboot");
  },
  "pyez__request-package-add_not-found-no-result": (reply) => {
    expect(classifyInstallReply(reply)).to.deep.include({
      verdict: "Refused",
      message: "ERROR: package: /var/tmp/nonexistent.tgz is not found or empty",
    });
  },
  "pyez__request-package-add_ok": (reply) => {
    expect(classifyInstallReply(reply)).to.deep.include({
      verdict: "Accepted",
      results: [{ engineName: null, result: 0 }],
    });
  },
  "pyez__request-package-rollback_vc-ok": (reply) => {
    expect(classifyInstallReply(reply)).to.deep.include({
      verdict: "Accepted",
      results: [
        { engineName: "fpc0", result: 0 },
        { engineName: "fpc1", result: 0 },
      ],
    });
  },
  "pyez__request-package-rollback_vc-one-failed": (reply) => {
    const { verdict, results, message } = classifyInstallReply(reply);
    expect(verdict).to.equal("Refused");
    expect(results).to.deep.equal([
      { engineName: "fpc0", result: 0 },
      { engineName: "member1", result: 1 },
    ]);
    expect(message).to.include("rollback aborted");
  },
  "pyez__request-package-validate_error-no-result": (reply) => {
    expect(classifyInstallReply(reply).verdict).to.equal("Refused");
  },
  "pyez__request-package-validate_ok": (reply) => {
    expect(classifyInstallReply(reply)).to.include({ verdict: "Accepted", message: "Validation succeeded" });
  },
  "pyez__request-reboot_at": (reply) => {
    const { announced, rebootAt, message } = parseRebootReply(reply);
    expect({ announced, rebootAt }).to.deep.equal({ announced: true, rebootAt: 1404929700000 });
    expect(message).to.include("Shutdown at Wed Jul  9 18:15:00 2014");
  },
  "pyez__request-reboot_now": (reply) => {
    expect(parseRebootReply(reply)).to.include({ announced: true, rebootAt: 1399024467000 });
  },
  "pyez__request-shell-execute_vmhost-true": (reply) => {
    expect(parseVmhostProbe(reply)).to.equal(true);
  },
  "pyez__request-system-storage-cleanup": (reply) => {
    expect(parseStorageCleanup(reply)).to.deep.equal([{ path: "/var/abc.txt", sizeBytes: 11 }]);
  },
  "pyez__request-vmhost-package-add_ptx-15.1F6": (reply) => {
    const { verdict, results, output } = classifyInstallReply(reply);
    expect(verdict).to.equal("Accepted");
    expect(results).to.deep.equal([{ engineName: null, result: 0 }]);
    // The text of the validation and that of the installation.
    expect(output).to.include("Junos Validation begin").and.include("A REBOOT IS REQUIRED");
  },
  "pyez__request-vmhost-reboot_warnings": (reply) => {
    const { announced, message } = parseRebootReply(reply);
    expect(announced).to.equal(true);
    expect(message).to.include("Rebooting re0 in 1 min").and.include("Initiating vmhost reboot");
  },
  "pyez__route-engine-information_ex": (reply) => {
    expect(parseRoutingEngines(reply)[0]).to.include({
      slot: 0,
      mastership: "Master",
      status: "OK",
      memoryUtilizationPercent: 66,
      cpuIdlePercent: 0,
    });
  },
  "pyez__route-engine-information_mx80": (reply) => {
    const [engine, ...others] = parseRoutingEngines(reply);
    expect(others).to.deep.equal([]);
    expect(engine).to.include({
      slot: undefined,
      mastership: "Master",
      memoryUtilizationPercent: 50,
      cpuIdlePercent: 92,
    });
  },
  "pyez__route-engine-information_re-s-1600x8-single": (reply) => {
    const [engine, ...others] = parseRoutingEngines(reply);
    expect(others).to.deep.equal([]);
    expect(engine).to.include({
      slot: undefined,
      cpuIdlePercent: 99,
      model: "RE-S-1600x8",
      lastRebootReason: "0x4000:VJUNOS reboot",
    });
    expect(isVmhostEngine({ model: undefined, lastRebootReason: engine?.lastRebootReason })).to.equal(true);
  },
  "pyez__route-engine-information_srx-branch": (reply) => {
    expect(parseRoutingEngines(reply)[0]).to.include({
      model: "RE-SRX210HE2",
      status: "OK",
      cpuIdlePercent: 72,
      lastRebootReason: "0x200:normal shutdown",
    });
  },
  "pyez__rpc-error_permission-denied": async (_reply, name) => {
    const rpc = element("get-permission-denied");
    expect(await refusalOf(ask(answering(readReply(name)), rpc))).to.include({ code: "PermissionDenied" });
  },
  "pyez__software-information_dual-mx480-mixed-versions": (reply) => {
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: "re0", hostName: "baku", model: "mx480", release: "15.1F5.15-C1.12" },
      { engineName: "re1", hostName: "baku1", model: "mx480", release: "15.1F5.15" },
    ]);
  },
  "pyez__software-information_ex2200": (reply) => {
    expect(softwareOf(reply)).to.deep.include({
      engineName: null,
      hostName: softwareOf(reply)[0]?.hostName,
      model: "ex2200-c-12t-2g",
      release: "11.4R1.6",
    });
  },
  "pyez__software-information_mx960-re0-unreachable": async (_reply, name) => {
    const { engines: answered, unreachable } = await readSoftware(answering(readReply(name)), {
      allEngines: true,
    });
    expect(answered).to.deep.equal([
      { engineName: "re1", hostName: "R1_re01", model: "mx960", release: "18.3I20180716_1639" },
    ]);
    expect(unreachable).to.deep.equal([
      { engineName: "re0", message: "Could not connect to re0 : No route to host" },
    ]);
  },
  "pyez__software-information_no-version": (reply) => {
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: null, hostName: "lsys500", model: "srx3600", release: null },
    ]);
  },
  "pyez__software-information_ofacts-multi": (reply) => {
    expect(
      softwareOf(reply).map(({ engineName, hostName, release }) => [engineName, hostName, release]),
    ).to.deep.equal([
      ["re0", "wf-kiwi", "12.3R6.6"],
      ["re1", "wf-kiwi", "12.3R6.6"],
    ]);
  },
  "pyez__software-information_ptx": (reply) => {
    expect(
      softwareOf(reply).map(({ engineName, hostName, release }) => [engineName, hostName, release]),
    ).to.deep.equal([
      ["re0", "musa", "16.1X70-D10.5"],
      ["re1", "musa1", "16.1X70-D10.5"],
    ]);
  },
  "pyez__software-information_simple": (reply) => {
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: null, hostName: "lsys500", model: "srx3600", release: "12.3X48-D40.5" },
    ]);
  },
  "pyez__software-information_srx5800-cluster": (reply) => {
    const release = "17.3-2017-07-02.0_RELEASE_173_THROTTLE";
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: "node0", hostName: "frogbert", model: "srx5800", release },
      { engineName: "node1", hostName: "sheepbert", model: "srx5800", release },
    ]);
  },
  "pyez__system-storage_evo-multi-re": (reply) => {
    expect(parseFilesystems(reply)).to.deep.equal([
      {
        engineName: "re0",
        name: "/dev/sda6",
        mountedOn: "/data/config",
        totalBytes: 2015024 * 512,
        usedBytes: 2688 * 512,
        freeBytes: 1874712 * 512,
        usedPercent: 1,
      },
    ]);
  },
  "pyez__virtual-chassis-information": (reply) => {
    const chassis = parseVirtualChassis(reply);
    expect(chassis.members.map(({ id, present, role }) => [id, present, role])).to.deep.equal([
      [0, true, "Master"],
      [1, false, undefined],
    ]);
    expect(isDegraded(chassis)).to.equal(true);
  },
  "pyez__virtual-chassis-information_mmvcf": (reply) => {
    const { mode, fabric, members } = parseVirtualChassis(reply);
    expect({ mode, fabric }).to.deep.equal({ mode: "Mixed", fabric: true });
    expect(members.map(({ id, role, model }) => [id, role, model])).to.deep.equal([
      [0, "Master", "qfx5100-48s-6q"],
      [1, "Linecard", "ex4300-24p"],
    ]);
  },
  "pyez__vmhost-version-information_mx-24.2R2": (reply) => {
    const { currentSet, sets } = parseVmhostVersion(reply);
    expect(currentSet).to.equal("b");
    expect(sets.map(({ name, release }) => [name, release])).to.deep.equal([
      ["p", "22.4R3-S3.3"],
      ["b", "24.2R2.1"],
    ]);
  },
  "rustjunosmcp__alarm-information_none": (reply) => {
    expect(parseAlarms(reply)).to.deep.equal({ activeCount: 0, alarms: [] });
  },
  "rustjunosmcp__bgp-summary_routing-subsystem-not-running": async (_reply, name) => {
    expect(await refusalOf(readBgpSummary(answering(readReply(name))))).to.include({ code: "NotRunning" });
  },
  "rustjunosmcp__chassis-cluster-information_not-enabled": async (_reply, name) => {
    expect(await readClusterStatus(answering(readReply(name)))).to.equal(null);
  },
  "rustjunosmcp__chassis-cluster-information_vsrx": (reply) => {
    const nodes = parseClusterInformation(reply);
    expect(
      nodes.map(({ engineName, ledColour, ledReason }) => [engineName, ledColour, ledReason]),
    ).to.deep.equal([
      ["node0", "Red", "Peer node: node1 is disabled"],
      ["node1", "Off", "node1 is disabled"],
    ]);
    expect(
      nodes.map(({ groups }) => groups.map(({ id, status, weight }) => [id, status, weight])),
    ).to.deep.equal([
      [
        [0, "primary", 255],
        [1, "primary", 255],
      ],
      [
        [0, "disabled", 255],
        [1, "disabled", 255],
      ],
    ]);
    expect(nodes[1]?.groups[0]?.lastTransition).to.equal("Ineligible timer expired");
  },
  "rustjunosmcp__chassis-cluster-interfaces_vsrx": (reply) => {
    expect(parseClusterInterfaces(reply)).to.deep.equal({
      controlUp: true,
      fabricUp: false,
      controlLinks: [{ name: "em0", up: true }],
      fabricLinks: [{ name: "ge-0/0/3", physicalUp: true, monitoredUp: false }],
      redundantInterfaces: [
        { name: "reth0", up: true, group: 1 },
        { name: "reth1", up: true, group: 1 },
      ],
    });
  },
  "rustjunosmcp__route-engine-information_vsrx-cluster-24.4": (reply) => {
    expect(
      parseRoutingEngines(reply).map((engine) => [
        engine.engineName,
        engine.model,
        engine.status,
        engine.memoryUtilizationPercent,
        engine.cpuIdlePercent,
      ]),
    ).to.deep.equal([
      ["node0", "VSRX RE", "Testing", 63, 65],
      ["node1", "VSRX RE", "Testing", 21, 69],
    ]);
  },
  "rustjunosmcp__rpc-error_unknown-rpc": async (_reply, name) => {
    const rpc = element("get-system-storage-information");
    expect(await refusalOf(ask(answering(readReply(name)), rpc))).to.include({ code: "UnknownRpc" });
  },
  "rustjunosmcp__software-information_vsrx-cluster-24.4": (reply) => {
    expect(softwareOf(reply)).to.deep.equal([
      { engineName: "node0", hostName: "vSRX-test19", model: "vSRX", release: "24.4R1.9" },
      { engineName: "node1", hostName: "vSRX-test19", model: "vSRX", release: "24.4R1.9" },
    ]);
  },
  "rustjunosmcp__system-storage_vsrx-24.4": (reply) => {
    const filesystems = parseFilesystems(reply);
    expect(filesystems.map(({ mountedOn }) => mountedOn)).to.deep.equal([
      "/.mount",
      "/.mount/tmp",
      "/.mount/packages/mnt/junos-runtime/web-api/var",
      "/.mount/mfs",
    ]);
    expect(filesystems[0]).to.include({ usedPercent: 18, freeBytes: 20515836 * 512 });
    expect(freeBytesAt(filesystems, "/var/tmp")).to.equal(20515836 * 512);
    expect(freeBytesAt(filesystems, "/tmp/package.tgz")).to.equal(1488664 * 512);
  },
};

describeWithReplies("replies of real devices", () => {
  it("are all read here", () => {
    const read = Object.keys(CHECKS).map((name) => `${name}.xml`);
    expect(read.toSorted()).to.deep.equal(replyNames().toSorted());
  });

  for (const [name, check] of Object.entries(CHECKS)) {
    it(`${name} yields what it says`, async () => {
      const file = `${name}.xml`;
      await check(parseReply(readReply(file)), file);
    });
  }

  it("of a refused install are classified whole, the error in them included", async () => {
    const caller = answering(readReply("pyez__request-package-add_not-found-no-result.xml"));
    const { verdict } = await requestPackageAdd(caller, {
      packagePath: "/var/tmp/nonexistent.tgz",
      validate: false,
    });
    expect(verdict).to.equal("Refused");
  });
});

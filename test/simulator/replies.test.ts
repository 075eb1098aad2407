import { expect } from "chai";

import { parseXml } from "../../src/netconf/xml.ts";
import { descendants } from "../../src/netconf/xmlNode.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import { describeWithReplies, readReply } from "../support/replies.ts";
import { PACKAGE, SmallFabric } from "./support/smallFabric.ts";

/** What the simulated device is asked, and the real reply whose shape the answer must have. */
interface Row {
  readonly rpc: string;
  readonly device?: string;
  readonly real: string;
  /** The element whose inside is compared. */
  readonly root: string;
  /** Names that the real reply has and the simulated one need not have. */
  readonly missing?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    rpc: "<get-lacp-interface-information/>",
    real: "librenmsnetconf__lacp-interfaces_ex4650.xml",
    root: "lacp-interface-information-list",
  },
  {
    rpc: "<get-evpn-instance-information><extensive/></get-evpn-instance-information>",
    real: "librenmsnetconf__evpn-instance-extensive_ex4650.xml",
    root: "evpn-instance-information",
    missing: [
      "duplicate-mac-auto-recovery-time",
      "num-protect-interfaces",
      "evpn-protect-interface-status-table",
      "sg-sync-status",
      "v6-sg-sync-status",
      "esi-last-df-update-timestamp",
    ],
  },
  {
    rpc: "<get-lldp-neighbors-information/>",
    real: "pyez__lldp-neighbors-information.xml",
    root: "lldp-neighbors-information",
  },
  {
    rpc: "<get-virtual-chassis-information/>",
    real: "librenmsnetconf__virtual-chassis-information_ex4650-single-member.xml",
    root: "virtual-chassis-information",
    missing: ["next-member-information", "next-member-id", "next-fpc-slot"],
  },
  {
    rpc: "<get-fpc-information/>",
    real: "junosexporter__fpc-information_qfx-18.4R1.xml",
    root: "fpc-information",
  },
  {
    rpc: "<get-pic-information/>",
    real: "junosexporter__fpc-pic-status_mx-17.3R3.xml",
    root: "fpc-information",
  },
  {
    rpc: "<get-route-engine-information/>",
    real: "pyez__route-engine-information_ex.xml",
    root: "route-engine-information",
  },
  {
    rpc: "<get-software-information/>",
    real: "pyez__software-information_ex2200.xml",
    root: "software-information",
  },
  {
    rpc: "<get-commit-information/>",
    real: "junosexporter__commit-information_24.2R2.xml",
    root: "commit-information",
    missing: ["comment", "log"],
  },
  {
    rpc: "<get-alarm-information/>",
    real: "rustjunosmcp__alarm-information_none.xml",
    root: "alarm-information",
  },
  {
    rpc: "<get-system-storage/>",
    real: "rustjunosmcp__system-storage_vsrx-24.4.xml",
    root: "system-storage-information",
  },
  {
    rpc: `<get-checksum-information><path>/var/tmp/${PACKAGE}</path></get-checksum-information>`,
    real: "pyez__checksum-information.xml",
    root: "checksum-information",
  },
  {
    rpc: "<file-list><path>/var/tmp</path></file-list>",
    real: "pyez__file-list_dir.xml",
    root: "directory-list",
    missing: ["file-directory"],
  },
  {
    rpc: "<get-ethernet-switching-table-information><summary/></get-ethernet-switching-table-information>",
    real: "pyez__ethernet-switching-table_els-summary.xml",
    root: "l2ng-l2ald-rtb-macdb",
  },
  {
    rpc: "<get-bgp-summary-information/>",
    real: "napalm__bgp-summary_14.1-master.xml",
    root: "bgp-information",
    missing: ["vpn-rib-state"],
  },
  {
    rpc: "<get-interface-information><extensive/><interface-name>et-0/0/48</interface-name></get-interface-information>",
    real: "napalm__interface-information_extensive-counters.xml",
    root: "traffic-statistics",
    missing: ["ipv6-transit-statistics"],
  },
  {
    rpc: "<get-interface-information><extensive/><interface-name>et-0/0/48</interface-name></get-interface-information>",
    real: "napalm__interface-information_extensive-counters.xml",
    root: "input-error-list",
  },
  {
    rpc: "<get-interface-information><extensive/><interface-name>et-0/0/48</interface-name></get-interface-information>",
    real: "napalm__interface-information_extensive-counters.xml",
    root: "output-error-list",
  },
  {
    rpc: "<get-chassis-inventory/>",
    real: "pyez__chassis-inventory_serialnumber.xml",
    root: "chassis",
    missing: ["chassis-sub-module", "chassis-sub-sub-module", "version", "model-number", "clei-code"],
  },
  {
    rpc: "<get-bfd-session-information/>",
    real: "pyez__bfd-session-information.xml",
    root: "bfd-session-information",
  },
  { rpc: "<request-reboot/>", real: "pyez__request-reboot_now.xml", root: "request-reboot-results" },
];

/** Of BFD the real reply is the extensive form. */
const EXTENSIVE_ONLY = "bfd-session-information";

describeWithReplies("simulator: replies have the shape of real ones", () => {
  for (const row of ROWS) {
    it(`${row.rpc} has the elements of ${row.real}`, async () => {
      const fabric = new SmallFabric();
      const reply = await fabric.ask(row.device ?? "leaf1", row.rpc);
      await fabric.simulator.close();
      const simulated = first(reply, row.root);
      const real = first(parseXml(readReply(row.real)), row.root);
      const allowed = new Set([...namesOf(simulated), ...(row.missing ?? [])]);
      if (row.root === EXTENSIVE_ONLY) {
        expect([...namesOf(real)]).to.include.members([...namesOf(simulated)]);
        return;
      }
      expect([...namesOf(real)].filter((name) => !allowed.has(name))).to.deep.equal([]);
    });
  }

  it("the release stands in the namespaces, whole in that of `junos:` and without respin in that of the payload", async () => {
    const fabric = new SmallFabric();
    const client = fabric.connect("spine1");
    await client.succeed("<get-alarm-information/>");
    expect(client.received).to.contain('xmlns:junos="http://xml.juniper.net/junos/21.4R3-S5.4/junos"');
    expect(client.received).to.contain('xmlns="http://xml.juniper.net/junos/21.4R0/junos-alarm"');
    await fabric.simulator.close();
  });

  it("noise comes before the hello, and the hello is that of Junos with base:1.0 only", async () => {
    const fabric = new SmallFabric();
    const client = fabric.connect("leaf1");
    await client.succeed("<get-alarm-information/>");
    expect(client.received).to.match(
      /^<!-- No zombies were killed .*-->\n<!-- user hitless, class j-super-user -->\n<hello/,
    );
    const capabilities = [...descendants(client.hello ?? missingHello(), "capability")].map(
      (node) => node.text,
    );
    expect(capabilities).to.include.members([
      "urn:ietf:params:netconf:base:1.0",
      "http://xml.juniper.net/netconf/junos/1.0",
    ]);
    expect(capabilities.join(" ")).to.not.contain("base:1.1");
    await fabric.simulator.close();
  });

  it("leaves wrap system-wide replies as a Virtual Chassis of one does, spines do not", async () => {
    const fabric = new SmallFabric();
    for (const [device, wrapped] of [
      ["leaf1", true],
      ["spine1", false],
    ] as const) {
      const answer = await fabric.ask(device, "<get-system-uptime-information/>");
      expect([...descendants(answer, "re-name")].map((node) => node.text)).to.deep.equal(
        wrapped ? ["localre"] : [],
      );
      expect([...descendants(answer, "system-booted-time")]).to.have.length(1);
    }
    await fabric.simulator.close();
  });
});

function missingHello(): XmlNode {
  throw new Error("no hello came");
}

function first(node: XmlNode, name: string): XmlNode {
  for (const found of descendants(node, name)) return found;
  throw new Error(`no ${name}`);
}

function namesOf(node: XmlNode): Set<string> {
  return new Set([node.name, ...node.children.flatMap((child) => [...namesOf(child)])]);
}

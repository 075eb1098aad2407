/** What the simulated routers answer has the elements of what real ones answered. */
import { expect } from "chai";
import { parseXml } from "../../src/netconf/xml.ts";
import { descendants } from "../../src/netconf/xmlNode.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import { describeWithReplies, readReply } from "../support/replies.ts";
import { ROUTER_PACKAGE, RouterFabric, VMHOST_PACKAGE } from "./support/routerFabric.ts";

interface Row {
  readonly rpc: string;
  readonly device?: string;
  readonly controlPlane?: string;
  readonly real: string;
  /** Names that the real reply has and the simulated one need not have. */
  readonly missing?: readonly (string | RegExp)[];
}

const ROWS: readonly Row[] = [
  {
    rpc: "<get-route-engine-information/>",
    device: "spine2",
    real: "napalm__route-engine-information_mx10003-dual.xml",
    missing: [/^cpu-\w+[123]$/, "memory-installed-size"],
  },
  {
    rpc: '<command format="xml">show version invoke-on all-routing-engines</command>',
    real: "pyez__software-information_dual-mx480-mixed-versions.xml",
  },
  {
    rpc: "<get-routing-task-replication-state/>",
    real: "junosupgrader__task-replication-state_all-complete.xml",
  },
  {
    rpc: '<get-vmhost-version-information format="text"/>',
    device: "spine2",
    real: "junosupgrader__vmhost-version_text-output.xml",
  },
  { rpc: "<request-vmhost-reboot/>", device: "spine2", real: "pyez__request-vmhost-reboot_warnings.xml" },
  {
    rpc: "<get-chassis-inventory/>",
    controlPlane: "re1",
    real: "pyez__chassis-inventory_not-master.xml",
  },
  {
    rpc: "<request-shell-execute><command>sysctl -n hw.re.vmhost_mode</command></request-shell-execute>",
    device: "spine2",
    real: "pyez__request-shell-execute_vmhost-true.xml",
  },
  {
    rpc: `<request-vmhost-package-add><package-name>/var/tmp/${VMHOST_PACKAGE}</package-name></request-vmhost-package-add>`,
    device: "spine2",
    real: "pyez__request-vmhost-package-add_ptx-15.1F6.xml",
    missing: ["pipe", "more-no-more"],
  },
  {
    rpc: `<request-package-add><package-name>/var/tmp/${ROUTER_PACKAGE}</package-name></request-package-add>`,
    real: "pyez__request-package-add_ok.xml",
    missing: ["pipe", "more-no-more"],
  },
];

describeWithReplies("simulator: replies of routers have the shape of real ones", () => {
  for (const { rpc, device = "spine1", controlPlane, real, missing = [] } of ROWS) {
    it(`${rpc} has the elements of ${real}`, async () => {
      const fabric = new RouterFabric();
      try {
        const client = fabric.connect(device, controlPlane);
        const reply = await fabric.clock.runUntilSettled(client.call(rpc));
        const has = namesOf(reply);
        const lacks = [...namesOf(parseXml(readReply(real)))].filter(
          (name) =>
            !has.has(name) &&
            !missing.some((each) => (typeof each === "string" ? each === name : each.test(name))),
        );
        expect(lacks).to.deep.equal([]);
      } finally {
        await fabric.simulator.close();
      }
    });
  }

  it("the text of a VM host's sets has the lines of a real one", async () => {
    const fabric = new RouterFabric();
    const reply = await fabric.ask("spine2", '<get-vmhost-version-information format="text"/>');
    const linesOf = (text: string): readonly string[] =>
      text
        .split("\n")
        .map((line) => line.trim().replace(/:.*|,.*/s, ""))
        .filter((line) => line !== "");
    const real = parseXml(readReply("junosupgrader__vmhost-version_text-output.xml"));
    expect(linesOf(textOf(reply))).to.deep.equal(linesOf(textOf(real)));
    await fabric.simulator.close();
  });
});

function textOf(reply: XmlNode): string {
  return [reply, ...descendants(reply, "output")].find(({ name }) => name === "output")?.text ?? "";
}

function namesOf(node: XmlNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (each: XmlNode): void => {
    for (const child of each.children) {
      names.add(child.name);
      visit(child);
    }
  };
  visit(node);
  return names;
}

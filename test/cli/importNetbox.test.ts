/** `hitless fabric import netbox`: what NetBox's REST API answers. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import { imported, linesOf, planWith, refused, treeOf } from "./importSupport.ts";
import { EXAMPLES, Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();

describe("hitless fabric import netbox", () => {
  const DEVICES = path.join(EXAMPLES, "import/netbox/devices.json");
  const CABLES = path.join(EXAMPLES, "import/netbox/cables.json");

  after(() => {
    folders.removeAll();
  });

  /** The first device of the example, changed. */
  function device(change: Record<string, unknown>): Record<string, unknown> {
    const [first] = JSON.parse(readFileSync(DEVICES, "utf8")).results;
    return { ...first, ...change };
  }

  function exported(objects: readonly unknown[], more: Record<string, unknown> = {}): string {
    const page = { count: objects.length, next: null, previous: null, results: objects, ...more };
    return treeOf(folders, { "devices.json": JSON.stringify(page) });
  }

  it("FB-1 makes a Fabric of the example: roles, models, addresses, labels and links", async () => {
    const args = ["fabric", "import", "netbox", DEVICES, CABLES, "--name", "dc1", "--role", "pdu=none"];
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).to.equal(0);
    const fabric: Fabric = parse(stdout);
    expect(linesOf(fabric).slice(0, 3)).to.deep.equal([
      "spine1 192.0.2.11 qfx5120-32c Spine",
      "spine2 192.0.2.12 qfx5120-32c Spine",
      "leaf1 192.0.2.13 qfx5120-48y Leaf",
    ]);
    expect(fabric.spec.devices[2]?.labels).to.deep.equal({ site: "dc1", rack: "r11", pod: "pod1" });
    const quickstart: Fabric = parse(readFileSync(`${QUICKSTART}/fabric.yaml`, "utf8"));
    expect(fabric.spec.links).to.deep.equal(quickstart.spec.links);
    expect(stderr).to.include("left out, because NetBox calls it planned: leaf9");
    const plan = await planWith(stdout);
    expect(plan.batches.map(({ tier, devices }) => `${tier} ${String(devices.length)}`)).to.deep.equal([
      "Leaf 4",
      "Leaf 4",
      "Spine 1",
      "Spine 1",
    ]);
  });

  it("tells what it cannot use at once, with the place in the file", async () => {
    const folder = exported([
      device({ name: "leaf1" }),
      device({ name: "leaf1" }),
      device({ id: 7, name: null }),
      device({ name: "leaf3", primary_ip4: null, primary_ip: null }),
      device({ name: "leaf4", role: { slug: "mystery", name: "Mystery" } }),
      device({ name: "leaf5", device_type: { model: "DCS-7050", slug: "dcs-7050" } }),
    ]);
    const lines = await refused("netbox", [`${folder}/devices.json`]);
    expect(lines).to.have.length(5);
    const text = lines.join("\n");
    for (const says of [
      /devices\.json: results\[1\]: name: leaf1 stands in .*results\[0\] already/,
      /devices\.json: results\[2\]: name: found nothing; device 7 needs one/,
      /results\[3\]: leaf3: address: found nothing/,
      /results\[4\]: leaf4: role: found "mystery", "Mystery"; .*--role mystery=ROLE/,
      /results\[5\]: leaf5: model: found "dcs-7050"; this version knows the families/,
    ]) {
      expect(text).to.match(says);
    }
  });

  it("refuses one page of several", async () => {
    const folder = exported([device({})], { next: "https://netbox.example.net/api/dcim/devices/?offset=50" });
    const [line] = await refused("netbox", [`${folder}/devices.json`]);
    expect(line).to.match(
      /devices\.json: next: this is one page of several; export all of them with \?limit=0/,
    );
  });

  it("reads what older versions call device_role and termination_a, and lists without pages", async () => {
    const role = { slug: "leaf", name: "Leaf" };
    const folder = treeOf(folders, {
      "all.json": JSON.stringify({
        devices: [
          { ...device({ name: "leaf1", device_role: role }), role: undefined },
          device({ name: "spine1", primary_ip4: { address: "2001:db8::1/64" } }),
        ],
        cables: [
          {
            id: 1,
            status: { value: "connected" },
            termination_a_type: "dcim.interface",
            termination_a: { name: "et-0/0/48", device: { name: "leaf1" } },
            termination_b_type: "dcim.interface",
            termination_b: { name: "et-0/0/0", device: { name: "spine1" } },
          },
        ],
      }),
    });
    const fabric = await imported("netbox", [`${folder}/all.json`]);
    expect(linesOf(fabric)).to.deep.equal([
      "leaf1 192.0.2.11 qfx5120-32c Leaf",
      "spine1 2001:db8::1 qfx5120-32c Spine",
    ]);
    expect(fabric.spec.links).to.deep.equal([{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/0" }]);
  });

  it("follows interfaces over patch panels, once for both ends, and says which cables it does not follow", async () => {
    const port = (name: string, at: string): unknown => ({ name: at, device: { name } });
    const folder = treeOf(folders, {
      "devices.json": JSON.stringify([
        device({ name: "leaf1", role: { slug: "leaf" }, primary_ip4: { address: "192.0.2.9/24" } }),
        device({ name: "spine1" }),
      ]),
      "cables.json": JSON.stringify([
        {
          id: 7,
          label: "A-7",
          status: { value: "connected" },
          a_terminations: [{ object_type: "dcim.interface", object: port("leaf1", "et-0/0/48") }],
          b_terminations: [{ object_type: "dcim.frontport", object: port("panel1", "1") }],
        },
        {
          id: 8,
          label: "A-8",
          status: { value: "planned" },
          a_terminations: [{ object_type: "dcim.interface", object: port("leaf1", "et-0/0/49") }],
          b_terminations: [{ object_type: "dcim.interface", object: port("spine1", "et-0/0/1") }],
        },
      ]),
      "interfaces.json": JSON.stringify([
        {
          name: "et-0/0/48",
          device: { name: "leaf1" },
          connected_endpoints_type: "dcim.interface",
          connected_endpoints: [port("spine1", "et-0/0/0")],
        },
        {
          name: "et-0/0/0",
          device: { name: "spine1" },
          connected_endpoints_type: "dcim.interface",
          connected_endpoints: [port("leaf1", "et-0/0/48")],
        },
      ]),
    });
    const files = ["devices.json", "cables.json", "interfaces.json"].map((name) => `${folder}/${name}`);
    const { exitCode, stdout, stderr } = await run(["fabric", "import", "netbox", ...files]);
    expect(exitCode, stderr).to.equal(0);
    const fabric: Fabric = parse(stdout);
    expect(fabric.spec.links).to.deep.equal([{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/0" }]);
    expect(stderr).to.match(/does not go from interface to interface .*: A-7/);
    expect(stderr).to.include("left out, because its cable is planned: A-8");
  });

  it("refuses a port with two cables", async () => {
    const cable = (far: string): unknown => ({
      status: { value: "connected" },
      a_terminations: [
        { object_type: "dcim.interface", object: { name: "et-0/0/48", device: { name: "leaf1" } } },
      ],
      b_terminations: [{ object_type: "dcim.interface", object: { name: far, device: { name: "spine1" } } }],
    });
    const folder = treeOf(folders, {
      "all.json": JSON.stringify([
        device({ name: "leaf1", role: { slug: "leaf" }, primary_ip4: { address: "192.0.2.9/24" } }),
        device({ name: "spine1" }),
        cable("et-0/0/0"),
        cable("et-0/0/1"),
      ]),
    });
    const lines = await refused("netbox", [`${folder}/all.json`]);
    expect(lines.join()).to.match(/all\.json: \[3\]: leaf1\/et-0\/0\/48 is an end of .*\[2\], too/);
  });

  it("takes the master of a virtual chassis for the whole of it", async () => {
    const chassis = { virtual_chassis: { id: 1, master: { id: 1 } } };
    const folder = exported([
      device({ id: 1, name: "leaf1", ...chassis }),
      device({ id: 2, name: "leaf1-b", ...chassis }),
    ]);
    const { exitCode, stdout, stderr } = await run(["fabric", "import", "netbox", `${folder}/devices.json`]);
    expect(exitCode, stderr).to.equal(0);
    expect(linesOf(parse(stdout))).to.have.length(1);
    expect(stderr).to.include("leaf1-b");
  });

  it("refuses what is no JSON, and what has no device in it", async () => {
    const folder = treeOf(folders, { "a.json": "{", "b.json": "[]" });
    expect((await refused("netbox", [`${folder}/a.json`]))[0]).to.include("this is not JSON");
    expect((await refused("netbox", [`${folder}/b.json`]))[0]).to.match(
      /there is no device in it; export \/api/,
    );
  });

  it("refuses options that mean nothing", async () => {
    for (const [args, says] of [
      [["--role", "leaf=Leave"], "Leave is no role"],
      [["--role", "leaf"], "NAME=VALUE"],
      [["--port", "0"], "1 to 65535"],
    ] as const) {
      const text = (await refused("netbox", [DEVICES, ...args])).join();
      expect(text).to.include(says);
    }
  });
});

/** `hitless fabric import ansible`: inventories in INI and YAML with their variables. */
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { expandHosts } from "../../src/cli/import/ansible/hostPattern.ts";
import { matchesPattern, roleInName, usualRoles } from "../../src/cli/import/mapping.ts";
import { imported, linesOf, planWith, refused, treeOf } from "./importSupport.ts";
import { EXAMPLES, Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();

describe("hitless fabric import ansible", () => {
  const EXAMPLE = path.join(EXAMPLES, "import/ansible/hosts.ini");

  after(() => {
    folders.removeAll();
  });

  it("FB-1 makes a Fabric of the example that plans as it is, read from standard input", async () => {
    const { exitCode, stdout, stderr } = await run([
      "fabric",
      "import",
      "ansible",
      EXAMPLE,
      "--limit",
      "dc1",
      "--name",
      "dc1",
    ]);
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.match(/Fabric dc1: 10 devices, 0 links/);
    expect(linesOf(parse(stdout)).slice(0, 3)).to.deep.equal([
      "spine1 127.0.0.1:28301 qfx5120-32c Spine",
      "spine2 127.0.0.1:28302 qfx5120-32c Spine",
      "leaf1 127.0.0.1:28311 qfx5120-48y Leaf",
    ]);
    const plan = await planWith(stdout);
    expect(Object.keys(plan.devices)).to.have.length(10);
  });

  it("says of a plan from devices alone that nobody knows whether it is hitless", async () => {
    const { stdout } = await run(["fabric", "import", "ansible", EXAMPLE, "--limit", "dc1", "--name", "dc1"]);
    const args = ["plan", "-f", "-", "-f", `${QUICKSTART}/image.yaml`, "-f", `${QUICKSTART}/campaign.yaml`];
    const plan = await run(args, { stdin: stdout });
    expect(plan.stdout).to.match(/hitless +not known: the files declare neither links nor servers/);
  });

  it("tells every host that has no role or model at once, each with its line", async () => {
    const lines = await refused("ansible", [EXAMPLE]);
    expect(lines).to.have.length(4);
    expect(lines[0]).to.match(/hosts\.ini:17: web1: model: found nothing/);
    expect(lines[1]).to.match(/hosts\.ini:17: web1: role: found "servers"; .*--role servers=ROLE/);
    expect(lines[3]).to.match(/hosts\.ini:18: web2: role/);
  });

  it("reads INI: ranges, ports, quotes, comments, children and variables of groups", async () => {
    const folder = treeOf(folders, {
      "hosts.ini": [
        "# comment",
        "[tor]",
        "leaf[01:03] ; no comment here",
        'leaf9:8830 ansible_host=10.0.0.9 model="QFX5120 48Y" # comment',
        "",
        "[super-spines]",
        "ss[a:b].example.net model=qfx5220-32cd",
        "[fabric:children]",
        "tor",
        "super-spines",
        "[tor:vars]",
        "model = qfx5120-48y",
        "ansible_host = {{ inventory_hostname }}.mgmt.{{ domain }}",
        "[fabric:vars]",
        "domain=example.net",
      ]
        .join("\n")
        .replace(" ; no comment here", ""),
    });
    const fabric = await imported("ansible", [`${folder}/hosts.ini`]);
    expect(linesOf(fabric)).to.deep.equal([
      "leaf01 leaf01.mgmt.example.net qfx5120-48y Leaf",
      "leaf02 leaf02.mgmt.example.net qfx5120-48y Leaf",
      "leaf03 leaf03.mgmt.example.net qfx5120-48y Leaf",
      "leaf9 10.0.0.9:8830 qfx5120-48y Leaf",
      "ssa.example.net ssa.example.net qfx5220-32cd SuperSpine",
      "ssb.example.net ssb.example.net qfx5220-32cd SuperSpine",
    ]);
  });

  it("reads YAML, with group_vars and host_vars in Ansible's order of precedence", async () => {
    const folder = treeOf(folders, {
      "inventory.yml": [
        "all:",
        "  vars: {rack: inventory-all}",
        "  children:",
        "    fabric:",
        "      vars: {model: inventory-parent}",
        "      children:",
        "        leafs:",
        "          hosts:",
        "            leaf1: {ansible_host: 10.0.0.1}",
        "            leaf2: {ansible_host: 10.0.0.2, rack: inventory-host}",
        "            leaf3:",
        "          vars: {model: inventory-child}",
      ].join("\n"),
      "group_vars/all.yml": "rack: file-all\npod: file-all\n",
      "group_vars/fabric/model.yml": "model: qfx5120-32c\n",
      "group_vars/leafs.yml": "model: qfx5120-48y\nsecret: !vault |\n  $ANSIBLE_VAULT;1.1\n  00\n",
      "host_vars/leaf2.yml": "pod: file-host\nansible_port: 22\nansible_connection: network_cli\n",
      "host_vars/leaf3.json":
        '{"ansible_host": "10.0.0.3", "overlay_roles": ["Route-Reflector"], "role": "spine"}',
    });
    const fabric = await imported("ansible", [`${folder}/inventory.yml`]);
    expect(linesOf(fabric)).to.deep.equal([
      "leaf1 10.0.0.1 qfx5120-48y Leaf",
      // The port is that of the command line, not of NETCONF.
      "leaf2 10.0.0.2 qfx5120-48y Leaf",
      // What is said of the host itself counts for more than its group.
      "leaf3 10.0.0.3 qfx5120-48y Spine",
    ]);
    const [leaf1, leaf2, leaf3] = fabric.spec.devices;
    expect(leaf1?.labels).to.deep.equal({ pod: "file-all", rack: "file-all" });
    expect(leaf2?.labels).to.deep.equal({ pod: "file-host", rack: "inventory-host" });
    expect(leaf3?.overlayRoles).to.deep.equal(["Route-Reflector"]);
  });

  it("reads what ansible-inventory --list prints, from standard input", async () => {
    const listing = {
      _meta: { hostvars: { leaf1: { ansible_host: "10.0.0.1", model: "qfx5120-48y" } } },
      all: { children: ["ungrouped", "leafs"] },
      leafs: { hosts: ["leaf1"] },
    };
    const { exitCode, stdout, stderr } = await run(["fabric", "import", "ansible", "-"], {
      stdin: JSON.stringify(listing),
    });
    expect(exitCode, stderr).to.equal(0);
    expect(linesOf(parse(stdout))).to.deep.equal(["leaf1 10.0.0.1 qfx5120-48y Leaf"]);
  });

  it("maps groups to roles and models, leaves out what is none, and selects", async () => {
    const folder = treeOf(folders, {
      hosts: [
        "[access]",
        "sw[1:2] ansible_host=10.0.0.1",
        "sw3 ansible_host=10.0.0.3",
        "[core]",
        "sw4 ansible_host=10.0.0.4",
        "[pdus]",
        "pdu1 ansible_host=10.0.0.5",
      ].join("\n"),
    });
    const mapping = ["--role", "access=Leaf", "--role", "core=spine", "--role", "pdu*=none"];
    const models = ["--model", "access=qfx5120-48y", "--model", "core=qfx5120-32c"];
    const shared = await refused("ansible", [`${folder}/hosts`, ...mapping, ...models]);
    expect(shared).to.have.length(1);
    expect(shared[0]).to.match(/hosts:2: sw2: address: 10\.0\.0\.1 is that of sw1, too/);
    const limit = ["--limit", "sw3", "core"];
    const fabric = await imported("ansible", [
      `${folder}/hosts`,
      ...mapping,
      ...models,
      ...limit,
      "--overlay-role",
      "core=Route-Reflector",
      "--port",
      "22",
      "--name",
      "lab",
    ]);
    expect(linesOf(fabric)).to.deep.equal([
      "sw3 10.0.0.3 qfx5120-48y Leaf",
      "sw4 10.0.0.4 qfx5120-32c Spine",
    ]);
    expect(fabric.spec.devices[1]?.overlayRoles).to.deep.equal(["Route-Reflector"]);
    expect(fabric.spec.connection).to.deep.equal({
      port: 22,
      credentialsSecretRef: { name: "lab-login" },
      knownHostsRef: { name: "lab-known-hosts" },
    });
  });

  it("makes names that a Fabric takes, and refuses two that come to the same", async () => {
    const folder = treeOf(folders, {
      hosts:
        "[leafs]\nLEAF_1 ansible_host=10.0.0.1\nleaf-1 ansible_host=10.0.0.2\nleaf§2 ansible_host=10.0.0.3\n",
    });
    const lines = await refused("ansible", [`${folder}/hosts`, "--model", "leafs=qfx5120-48y"]);
    expect(lines).to.have.length(2);
    expect(lines[0]).to.match(/hosts:3: name: leaf-1 stands in .*hosts:2 already \(as LEAF_1\)/);
    expect(lines[1]).to.match(/hosts:4: leaf§2: name: found "leaf§2"; may only have a-z/);
  });

  it("lists everything that is wrong at once: addresses, models, roles, templates, ports", async () => {
    const folder = treeOf(folders, {
      hosts: [
        "[leafs]",
        "leaf1 model=qfx5120-48y",
        "leaf2 ansible_host=10.0.0.2 model=dcs-7050",
        "leaf3 ansible_host={{ lookup('env','X') }} model=qfx5120-48y",
        "leaf4 ansible_host=10.0.0.4 ansible_port=none model=qfx5120-48y",
        "[borders]",
        "leaf4",
        "[leafs:vars",
      ].join("\n"),
    });
    const text = (await refused("ansible", [`${folder}/hosts`])).join("\n");
    for (const says of [
      /hosts:2: leaf1: address: found nothing; the management address is needed/,
      /hosts:3: leaf2: model: found "dcs-7050"; this version knows the families junos-qfx/,
      /hosts:4: .*a variable is written as name=value/,
      /hosts:5: leaf4: port: ansible_port is "none"; must be 1 to 65535/,
      /hosts:5: leaf4: role: found Border and Leaf; say which one with --role/,
    ]) {
      expect(text).to.match(says);
    }
    const quoted = treeOf(folders, {
      hosts: "[leafs]\nleaf1 ansible_host=\"{{ lookup('env','X') }}\" model=qfx5120-48y\n",
    });
    const [template] = await refused("ansible", [`${quoted}/hosts`]);
    expect(template).to.match(
      /hosts:2: leaf1: address: ansible_host is the template ".*ansible-inventory --list/,
    );
  });

  it("makes addresses of names with --domain", async () => {
    const folder = treeOf(folders, { hosts: "[leafs]\nleaf1\n" });
    const args = [`${folder}/hosts`, "--model", "leafs=qfx5120-48y", "--domain", "example.net"];
    expect(linesOf(await imported("ansible", args))).to.deep.equal([
      "leaf1 leaf1.example.net qfx5120-48y Leaf",
    ]);
  });

  it("refuses inventories that are none, and groups that contain themselves", async () => {
    for (const [files, says] of [
      [{ "hosts.yml": "all: [\n" }, /hosts\.yml:\d+: this is not YAML/],
      [{ "hosts.yml": "- a\n" }, /hosts\.yml:1: this is no inventory: it is not a mapping/],
      [
        { "hosts.yml": "all: {hots: {}}\n" },
        /hosts\.yml:1: group all: found "hots"; allowed are hosts, vars, children/,
      ],
      [{ "hosts.yml": "leafs: {hosts: [leaf1]}\n" }, /group leafs: hosts: must be a mapping/],
      [{ "hosts.ini": "[leafs]\nleaf[3:1]\n" }, /hosts\.ini:2: leaf\[3:1\] has a range that leads nowhere/],
      [{ "hosts.ini": "[leafs]\nleaf[1:99999999]\n" }, /means more than 10000 hosts/],
      [{ "hosts.ini": "[leafs:kids]\n" }, /\[leafs:kids\]: must be \[leafs\], :vars or :children/],
      [
        { "hosts.ini": "[a:children]\nb\n[b:children]\na\n[a]\nx\n" },
        /group a: children: it contains itself/,
      ],
      [{ "hosts.ini": "# nothing\n" }, /there is no device in it/],
    ] as const) {
      const folder = treeOf(folders, files);
      const [name = ""] = Object.keys(files);
      const text = (await refused("ansible", [`${folder}/${name}`])).join("\n");
      expect(text).to.match(says);
    }
    const missing = await refused("ansible", [`${folders.of({})}/hosts`]);
    expect(missing[0]).to.include("no such file or folder");
  });

  it("names the groups and roles there are where --limit lets nothing through", async () => {
    const inventory = path.join(EXAMPLES, "import/ansible/hosts.ini");
    const { exitCode, stderr } = await run(["fabric", "import", "ansible", inventory, "--limit", "dc2"]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/--limit dc2 lets through; .*: dc1, leafs, servers, spines; did you mean dc1\?/);
  });

  it("never shows what is encrypted, and needs none of it", async () => {
    const folder = treeOf(folders, {
      hosts: "[leafs]\nleaf1 ansible_host=10.0.0.1 model=qfx5120-48y\n",
      "group_vars/leafs/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
      "group_vars/leafs/main.yml": "ansible_password: geheim-7341\n",
    });
    const { stdout, stderr } = await run(["fabric", "import", "ansible", `${folder}/hosts`]);
    expect(stdout).to.include("leaf1").and.not.to.include("geheim");
    expect(stderr).not.to.include("geheim");
  });
});

describe("names in an import", () => {
  it("expands ranges as Ansible does", () => {
    expect(expandHosts("leaf[01:10:3].x").names).to.deep.equal([
      "leaf01.x",
      "leaf04.x",
      "leaf07.x",
      "leaf10.x",
    ]);
    expect(expandHosts("p[1:2]-[a:b]").names).to.deep.equal(["p1-a", "p1-b", "p2-a", "p2-b"]);
    expect(expandHosts("leaf1:830")).to.deep.equal({ names: ["leaf1"], port: 830 });
    expect(expandHosts("2001:db8::1")).to.deep.equal({ names: ["2001:db8::1"] });
  });

  it("knows the usual names of groups, in the plural, too, and the most telling level first", () => {
    for (const [hint, role] of [
      ["leafs", "Leaf"],
      ["leaves", "Leaf"],
      ["Border Leaf", "Border"],
      ["border_leaves", "Border"],
      ["super-spines", "SuperSpine"],
      ["SPINE", "Spine"],
      ["firewalls", "Firewall"],
    ] as const) {
      expect(usualRoles([[hint]]), hint).to.deep.equal([role]);
    }
    expect(usualRoles([["servers"]])).to.deep.equal([]);
    expect(usualRoles([["pod1"], ["spines"], ["leafs"]])).to.deep.equal(["Spine"]);
  });

  it("knows roles in names of devices", () => {
    for (const [name, role] of [
      ["dc1-leaf3.example.net", "Leaf"],
      ["pod1_superspine2", "SuperSpine"],
      ["border-leaf1", "Border"],
      ["spine1", "Spine"],
      ["dc1-tor-7", "Leaf"],
      ["monitor1", undefined],
      ["server-spineless", "Spine"],
    ] as const) {
      expect(roleInName(name), name).to.equal(role);
    }
  });

  it("matches patterns whole, without regard to capitals", () => {
    expect(matchesPattern("leaf*", "LEAF12")).to.equal(true);
    expect(matchesPattern("leaf", "leaf12")).to.equal(false);
    expect(matchesPattern("a.b", "axb")).to.equal(false);
  });
});

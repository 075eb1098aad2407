/** `hitless fabric import`: a Fabric from where people keep their topology. Writes YAML, changes nothing anywhere. */
import { Command, InvalidArgumentError, Option } from "commander";
import { realClock } from "../../simulator/modelClock.ts";
import { CliError } from "../cliError.ts";
import { ansibleSource } from "../import/ansible/ansibleSource.ts";
import { buildFabric, NETCONF_PORT } from "../import/buildFabric.ts";
import { addressBook } from "../import/lldp/addresses.ts";
import { crawlFabric } from "../import/lldp/crawl.ts";
import { readLogin } from "../import/lldp/login.ts";
import { addRole, addText, type MappedRole, type Mapping } from "../import/mapping.ts";
import { netboxSource } from "../import/netbox/netboxSource.ts";
import type { Source } from "../import/source.ts";
import { fabricYaml } from "../import/writeFabric.ts";
import { readText } from "../manifests/yamlFiles.ts";
import type { CommandContext } from "../commandContext.ts";
import { countOf } from "../render/duration.ts";
import { readAll, writeLine, type Terminal } from "../terminal.ts";

interface ImportOptions {
  readonly name: string;
  readonly role?: Mapping<MappedRole>;
  readonly model?: Mapping<string>;
  readonly overlayRole?: Mapping<string>;
  readonly limit?: readonly string[];
  readonly domain?: string;
  readonly port: number;
  readonly secret?: string;
  readonly configMap?: string;
}

interface AnsibleOptions extends ImportOptions {
  readonly roleVar?: readonly string[];
  readonly modelVar?: readonly string[];
}

interface LldpOptions extends ImportOptions {
  readonly seed: string;
  readonly login: string;
  readonly knownHosts?: string;
  readonly addresses?: string;
}

/** More problems than anybody reads at once. */
const MAX_PROBLEMS = 200;

const COMMON_HELP = `
Groups, roles and names mean roles of the fabric: leaf, leaves, tor, spine, super-spine, border-leaf, firewall and
the like by themselves, others by --role. Keys may have *, and capitals do not count; --role pdu=none leaves out.
The YAML goes to standard output, notes go to standard error; it still needs a login and host keys beside it.

Exit code 2: something is missing or contradicts itself; all of it is told, each with its place, and nothing is
written.`;

const ANSIBLE_EXAMPLES = `
Examples:
  hitless fabric import ansible hosts.ini --name dc1 > fabric.yaml
  hitless fabric import ansible inventory/ --limit dc1 --role tor=Leaf --model leafs=qfx5120-48y
  ansible-inventory --list | hitless fabric import ansible - --name dc1

Reads INI and YAML inventories with the group_vars and host_vars beside them: ansible_host and ansible_port as
Ansible would connect; role and model from hitless_role, fabric_role, device_role or role, and hitless_model,
device_model, hardware_model or model, else from groups. Nothing is executed.
${COMMON_HELP}`;

const NETBOX_EXAMPLES = `
Examples:
  hitless fabric import netbox devices.json --name dc1 > fabric.yaml
  hitless fabric import netbox devices.json cables.json --limit ams1 --role pdu=none

The files hold what NetBox's REST API answers: /api/dcim/devices/?limit=0, and for links /api/dcim/cables/?limit=0
or, where patch panels are between, /api/dcim/interfaces/?limit=0. Role from role.slug, model from
device_type.model, address from primary_ip4; site, rack and location become labels.
${COMMON_HELP}`;

const LLDP_EXAMPLES = `
Examples:
  hitless fabric import lldp --seed leaf1.example.net --login login.yaml --known-hosts ~/.ssh/known_hosts
  hitless fabric import lldp --seed 127.0.0.1:28311 --login examples/quickstart/access.yaml \\
    --addresses examples/import/addresses.txt

Follows LLDP from one device to all that have names of fabric devices (dc1-leaf3, spine1; others by --role), by
NETCONF over SSH with pinned host keys. A read-only login is enough: each is asked what its family has, switches,
routers and firewalls alike, and nothing is changed. Models, links and Ethernet segments are as the devices say. LLDP
gives names, no addresses: a name is looked up in --addresses, else completed by --domain, else used as it is. Of a
chassis with two routing engines and of a cluster --addresses has one more line each: spine1-re0, spine1-re1, fw1-node0.
The login file has username, and password or ssh-privatekey; or it is the manifest of the Secret itself.
${COMMON_HELP}`;

/** The command with its three sources. */
export function fabricImportCommand(context: CommandContext): Command {
  return new Command("import")
    .description("make a Fabric from an Ansible inventory, a NetBox export, or one device by LLDP")
    .helpCommand(false)
    .addHelpText(
      "after",
      `
Examples:
  hitless fabric import ansible hosts.ini --name dc1 > fabric.yaml
  hitless fabric import netbox devices.json cables.json --name dc1 > fabric.yaml
  hitless fabric import lldp --seed leaf1 --login login.yaml --known-hosts known_hosts > fabric.yaml`,
    )
    .addCommand(ansibleCommand(context))
    .addCommand(netboxCommand(context))
    .addCommand(lldpCommand(context));
}

function withCommonOptions(command: Command): Command {
  return command
    .option("--name <name>", "name of the Fabric", "fabric")
    .addOption(
      new Option("--role <key=role>", "what a group, role or name means; repeated").argParser(addRole),
    )
    .addOption(
      new Option("--model <key=model>", "the model of a group, type or name; repeated").argParser(addText),
    )
    .addOption(
      new Option("--overlay-role <key=role>", "adds a role in the overlay; repeated").argParser(addText),
    )
    .option("--limit <keys...>", "only devices with one of these groups, roles, sites, tags or names")
    .option("--domain <domain>", "makes addresses of names that have none")
    .option("--port <port>", "the NETCONF port of the fabric", parsePort, NETCONF_PORT)
    .option("--secret <name>", "name of the Secret with the login (default: NAME-login)")
    .option("--config-map <name>", "name of the ConfigMap with host keys (default: NAME-known-hosts)");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("It must be a number from 1 to 65535.");
  }
  return port;
}

function ansibleCommand({ terminal }: CommandContext): Command {
  return withCommonOptions(new Command("ansible"))
    .description("from an Ansible inventory")
    .argument("<inventory>", "file or folder; - for what ansible-inventory --list prints")
    .option("--role-var <names...>", "variables that hold the role, looked at before the usual ones")
    .option("--model-var <names...>", "variables that hold the model, looked at before the usual ones")
    .addHelpText("after", ANSIBLE_EXAMPLES)
    .action(async (inventory: string, options: AnsibleOptions) => {
      const source = await ansibleSource(inventory, {
        roleVariables: options.roleVar ?? [],
        modelVariables: options.modelVar ?? [],
        ...(inventory === "-" ? { listing: await readAll(terminal.stdin) } : {}),
      });
      writeFabric(source, { options, terminal });
    });
}

function netboxCommand({ terminal }: CommandContext): Command {
  return withCommonOptions(new Command("netbox"))
    .description("from NetBox's JSON")
    .argument("<files...>", "devices, and cables or interfaces; - for standard input")
    .addHelpText("after", NETBOX_EXAMPLES)
    .action(async (names: readonly string[], options: ImportOptions) => {
      const files = [];
      for (const name of names) {
        const isInput = name === "-";
        const text = isInput ? await readAll(terminal.stdin) : await readText(name);
        files.push({ name: isInput ? "standard input" : name, text });
      }
      writeFabric(netboxSource(files), { options, terminal });
    });
}

function lldpCommand({ terminal }: CommandContext): Command {
  return withCommonOptions(new Command("lldp"))
    .description("from one device on, by LLDP")
    .requiredOption("--seed <address>", "address of the first device, with :port where it is not --port")
    .requiredOption("--login <file>", "username, and password or ssh-privatekey")
    .option("--known-hosts <file>", "host keys, as OpenSSH keeps them")
    .option("--addresses <file>", "addresses of names, as in /etc/hosts; with :port where it is not --port")
    .addHelpText("after", LLDP_EXAMPLES)
    .action(async (options: LldpOptions) => {
      const login = await readLogin(options.login, options.knownHosts);
      const { addresses } = options;
      const file = addresses === undefined ? undefined : { name: addresses, text: await readText(addresses) };
      const source = await crawlFabric({
        seed: options.seed,
        port: options.port,
        login,
        addresses: addressBook(file, options.domain),
        roles: options.role ?? [],
        clock: realClock(),
        signal: terminal.signal,
      });
      writeFabric(source, { options, terminal });
    });
}

/** Writes the YAML, or throws with all that is wrong. */
function writeFabric(
  source: Source,
  { options, terminal }: { readonly options: ImportOptions; readonly terminal: Terminal },
): void {
  const { name } = options;
  const built = buildFabric(source, {
    name,
    roles: options.role ?? [],
    models: options.model ?? [],
    overlayRoles: options.overlayRole ?? [],
    limit: options.limit ?? [],
    ...(options.domain === undefined ? {} : { domain: options.domain }),
    port: options.port,
    credentials: options.secret ?? `${name}-login`,
    knownHosts: options.configMap ?? `${name}-known-hosts`,
  });
  if ("problems" in built) {
    const { problems } = built;
    const more = problems.length - MAX_PROBLEMS;
    const shown = problems.slice(0, MAX_PROBLEMS);
    throw new CliError(
      source.unreachable === true ? "Unreachable" : "BadInput",
      more > 0 ? [...shown, `… and ${String(more)} more`] : shown,
    );
  }
  terminal.stdout.write(fabricYaml(built.fabric, source.title));
  for (const note of built.notes) writeLine(terminal.stderr, `hitless: note: ${note}`);
  const { devices, links = [] } = built.fabric.spec;
  const found = `${countOf(devices.length, "device")}, ${countOf(links.length, "link")}`;
  writeLine(terminal.stderr, `hitless: Fabric ${name}: ${found}, from ${source.title}`);
}

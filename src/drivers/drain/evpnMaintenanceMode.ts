/**
 * EvpnMaintenanceMode: the device's own maintenance mode of a multihomed leaf switches the links to servers off and diverts
 * traffic to the other PEs of the segments, after checks of its own. It comes with recent releases only, for leaves
 * without single-homed servers, and works by network isolation profiles; whether a device has it, its `commit check` says.
 */
import { markCommand } from "../../junos/drain/existingDrain.ts";
import { problem, type DrainTechnique } from "./technique.ts";

const PATH = "protocols evpn maintenance-mode";
/** The device checks what it relies on before it acts, and refuses otherwise. */
const COMMAND = `set ${PATH} erb-leaf action-type validate-and-set`;

export const evpnMaintenanceMode: DrainTechnique = {
  name: "EvpnMaintenanceMode",
  applies: ({ accessInterfaces }) => accessInterfaces.some(({ disabled }) => !disabled),
  problems: ({ networkIsolation, maintenanceMode, existingDrain }) => [
    ...(networkIsolation ? [] : [problem("NotConfigured", "no network-isolation profile is configured")]),
    // Whoever has set it takes it back.
    ...(maintenanceMode && existingDrain?.maintenanceMode !== true
      ? [problem("StatementInTheWay", `${PATH} is set already`)]
      : []),
  ],
  commands: ({ maintenanceMode }) =>
    maintenanceMode ? [] : [markCommand({ is: "MaintenanceMode" }), COMMAND],
  undo: ({ existingDrain, has }) => (existingDrain.maintenanceMode && has(COMMAND) ? [`delete ${PATH}`] : []),
  marks: ({ maintenanceMode }) => (maintenanceMode ? [{ is: "MaintenanceMode" as const }] : []),
};

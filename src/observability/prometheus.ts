/**
 * The meter as Prometheus reads it. Names and units follow its conventions (base units, `_total` for counters). No
 * label has a device in it: a fabric of 5,000 devices has as many series as one of five. Series of the objects are
 * the same from every replica (`max by`), those of the work are its own (`sum by`). The label is not `namespace`,
 * since that is where Prometheus says in which namespace the scraped Pod is.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { FabricGauges, Gauges, Meter } from "./meter.ts";

export interface PrometheusMeter extends Meter {
  /** Everything, in Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Seconds of requests and reconciles; a device may take a minute for a reply. */
const REQUEST_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
/** Seconds of steps: from a look at a device to an installation. */
const STEP_BUCKETS = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];

export function prometheusMeter(): PrometheusMeter {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reconciles = new Counter({
    name: "hitless_reconciles_total",
    help: "Calls of reconcilers, by kind and result. Conflict: somebody else wrote in between, which is no fault.",
    labelNames: ["kind", "result"],
    registers,
  });
  const reconcileSeconds = new Histogram({
    name: "hitless_reconcile_duration_seconds",
    help: "Real time that calls of reconcilers took, by kind.",
    labelNames: ["kind"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const apiRequests = new Counter({
    name: "hitless_api_requests_total",
    help: "Requests to the Kubernetes API without watches, by verb, kind and code (OK, or what the answer meant).",
    labelNames: ["verb", "kind", "code"],
    registers,
  });
  const apiSeconds = new Histogram({
    name: "hitless_api_request_duration_seconds",
    help: "Real time that requests to the Kubernetes API took, retries included, by verb.",
    labelNames: ["verb"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const rpcSeconds = new Histogram({
    name: "hitless_device_rpc_duration_seconds",
    help: "Real time that devices took for NETCONF requests, by request.",
    labelNames: ["rpc"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const rpcFailures = new Counter({
    name: "hitless_device_rpc_failures_total",
    help: "NETCONF requests that failed, by request and code (RpcError: the device answered with an error).",
    labelNames: ["rpc", "code"],
    registers,
  });
  const connections = new Counter({
    name: "hitless_device_connections_total",
    help: "Connections to devices that were made, or could not be made, by code.",
    labelNames: ["code"],
    registers,
  });
  const stepSeconds = new Histogram({
    name: "hitless_step_duration_seconds",
    help: "Time that steps of device upgrades took from their beginning to their end, by step and result.",
    labelNames: ["step", "result"],
    buckets: STEP_BUCKETS,
    registers,
  });
  const intents = new Counter({
    name: "hitless_intents_total",
    help: "Acts that may happen once only (installations, reboots) and were announced, by step.",
    labelNames: ["step"],
    registers,
  });
  const events = new Counter({
    name: "hitless_events_total",
    help: "Kubernetes Events by what became of them: Written, Repeated (left out), Dropped (API slow or refusing).",
    labelNames: ["result"],
    registers,
  });
  const gauges = objectGauges(registers);
  let read: () => Gauges = () => ({ fabrics: [], queues: [] });

  return {
    reconcile({ kind, result, seconds }) {
      reconciles.inc({ kind, result });
      reconcileSeconds.observe({ kind }, seconds);
    },
    apiRequest({ kind, verb, code, seconds }) {
      apiRequests.inc({ verb, kind, code });
      apiSeconds.observe({ verb }, seconds);
    },
    deviceRpc({ rpc, code, seconds }) {
      rpcSeconds.observe({ rpc }, seconds);
      if (code !== "OK") rpcFailures.inc({ rpc, code });
    },
    deviceConnection({ code }) {
      connections.inc({ code });
    },
    step({ step, result, seconds }) {
      stepSeconds.observe({ step, result }, seconds);
    },
    intent({ step }) {
      intents.inc({ step });
    },
    event({ result }) {
      events.inc({ result });
    },
    readGauges(reader) {
      read = reader;
    },
    async text() {
      gauges.show(read());
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** The gauges that are read when somebody asks; what is there no more is shown no more. */
function objectGauges(registers: Registry[]): { show(gauges: Gauges): void } {
  const labelNames = ["fabric_namespace", "fabric"];
  const campaigns = new Gauge({
    name: "hitless_campaigns",
    help: "Upgrade campaigns by fabric and phase. The same from every replica.",
    labelNames: [...labelNames, "phase"],
    registers,
  });
  const devices = new Gauge({
    name: "hitless_devices",
    help: "Devices by fabric and the state of their latest upgrade. The same from every replica.",
    labelNames: [...labelNames, "state"],
    registers,
  });
  const outOfService = new Gauge({
    name: "hitless_devices_out_of_service",
    help: "Devices that are out of service by the fabric's ledger. The same from every replica.",
    labelNames,
    registers,
  });
  const longest = new Gauge({
    name: "hitless_longest_out_of_service_seconds",
    help: "For how long the device that is out of service longest has been, 0 for none. The same from every replica.",
    labelNames,
    registers,
  });
  const openIntents = new Gauge({
    name: "hitless_open_intents",
    help: "Acts that may happen once only and of which it is not known yet what became. The same from every replica.",
    labelNames,
    registers,
  });
  const leader = new Gauge({
    name: "hitless_fabric_leader",
    help: "1 where this replica leads the fabric, otherwise 0. One replica leads each.",
    labelNames,
    registers,
  });
  const queued = new Gauge({
    name: "hitless_queue_depth",
    help: "Objects that wait for a reconcile, or are in one, by kind and place (Waiting, Running).",
    labelNames: ["kind", "place"],
    registers,
  });

  function showFabric(gauge: FabricGauges): void {
    const { namespace, fabric } = gauge;
    const labels = { fabric_namespace: namespace, fabric };
    for (const [phase, count] of Object.entries(gauge.campaigns)) campaigns.set({ ...labels, phase }, count);
    for (const [state, count] of Object.entries(gauge.devices)) devices.set({ ...labels, state }, count);
    outOfService.set(labels, gauge.outOfService);
    longest.set(labels, gauge.longestOutOfServiceSeconds);
    openIntents.set(labels, gauge.openIntents);
    leader.set(labels, gauge.isLed ? 1 : 0);
  }

  return {
    show({ fabrics, queues }) {
      for (const gauge of [campaigns, devices, outOfService, longest, openIntents, leader, queued])
        gauge.reset();
      for (const fabric of fabrics) showFabric(fabric);
      for (const { kind, waiting, running } of queues) {
        queued.set({ kind, place: "Waiting" }, waiting);
        queued.set({ kind, place: "Running" }, running);
      }
    },
  };
}

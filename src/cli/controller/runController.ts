/**
 * The controller's process: the cluster, the controller, what watches it, and its end. Loads the client library and
 * the one for metrics, so it is only imported when a controller starts.
 */
import { once } from "node:events";
import process from "node:process";
import type { Clock } from "../../api/time.ts";
import { startController } from "../../controllers/controller.ts";
import { dialSsh } from "../../controllers/device/devicePool.ts";
import { DRIVERS } from "../../drivers/registry.ts";
import { createLogger, type Logger, type LogLevel } from "../../observability/logger.ts";
import type { Meter } from "../../observability/meter.ts";
import { prometheusMeter } from "../../observability/prometheus.ts";
import {
  serveStatus,
  type StatusServer,
  type StatusServerOptions,
} from "../../observability/statusServer.ts";
import { realClock } from "../../simulator/modelClock.ts";
import { kubernetesStore } from "../../store/kubernetes/kubernetesStore.ts";
import { canBeNamespace } from "../../store/kubernetes/paths.ts";
import { CliError } from "../cliError.ts";
import type { Terminal } from "../terminal.ts";
import type { BindAddress } from "./bindAddress.ts";
import { clusterConfig, type ClusterChoice } from "./clusterConfig.ts";
import { readiness } from "./readiness.ts";

export interface ControllerRun extends ClusterChoice {
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly bindAddress: BindAddress;
  readonly logLevel: LogLevel;
  readonly simulatedTime?: Clock;
  readonly terminal: Terminal;
}

/** Runs until the terminal's signal is aborted, and hands over. Throws `CliError` for what no waiting would mend. */
export async function runController(run: ControllerRun): Promise<void> {
  const { namespaces, terminal } = run;
  const { signal } = terminal;
  const wrong = namespaces.find((name) => !canBeNamespace(name));
  if (wrong !== undefined) throw new CliError("BadInput", `${wrong} is not the name of a namespace`);
  const { kubeConfig, server, namespace } = await clusterConfig(run);
  const log = createLogger({ level: run.logLevel, stream: terminal.stdout, redact: [] });
  const clock = run.simulatedTime ?? realClock();
  const tellCrash = (error: unknown): void => {
    const message = "the process ends: an error that nobody foresaw";
    log.error({ object: "Controller", action: "Run", code: "InternalError", message, error });
  };
  process.on("uncaughtExceptionMonitor", tellCrash);

  const store = kubernetesStore({
    kubeConfig,
    clock,
    ...(namespaces.length === 0 ? {} : { namespaces }),
    onInterrupted: (kind, error) => ready.sawInterruption(kind, error),
    onHandlerError: (error) => {
      const message = "an event could not be taken in";
      log.error({ object: "Controller", action: "Watch", code: "InternalError", message, error });
    },
  });
  // Any Lease will do, there or not.
  const probed = { namespace: namespaces[0] ?? namespace, name: "hitless" };
  const ready = readiness({
    server,
    clock,
    log,
    probe: (until) => store.get("Lease", probed, { signal: until }),
  });
  const prometheus = prometheusMeter();
  const meter: Meter = {
    ...prometheus,
    apiRequest(report) {
      ready.sawRequest(report.code);
      prometheus.apiRequest(report);
    },
  };
  let status: StatusServer | undefined;
  try {
    status = await listen({
      ...run.bindAddress,
      notReady: () => ready.reasons(),
      metrics: () => prometheus.text(),
    });
    const places = namespaces.length === 0 ? "all namespaces" : `namespaces ${namespaces.join(", ")}`;
    tell(log, "Start", `works on ${server} in ${places}; serves probes and metrics at ${status.address}`);
    const controller = await startController({
      store,
      clock,
      drivers: DRIVERS,
      dial: dialSsh,
      log,
      registerSecret: (secret) => log.registerSecret(secret),
      meter,
      signal,
    });
    ready.synced();
    tell(log, "Start", `has read all objects; it is ${controller.holder}`);
    if (!signal.aborted) await once(signal, "abort");
    ready.stopping();
    tell(log, "Stop", "hands over");
    await controller.stop();
  } catch (error) {
    // To be stopped while the API server does not answer is an end like any other.
    if (!signal.aborted) throw error;
  } finally {
    await store.close();
    await status?.close();
    process.off("uncaughtExceptionMonitor", tellCrash);
  }
  tell(log, "Stop", "has handed over");
}

function tell(log: Logger, action: "Start" | "Stop", message: string): void {
  log.info({ object: "Controller", action, code: "Running", message });
}

async function listen(options: StatusServerOptions): Promise<StatusServer> {
  try {
    return await serveStatus(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("Unreachable", `cannot serve probes and metrics: ${why}`, {
      hint: "choose another --bind-address",
      cause,
    });
  }
}

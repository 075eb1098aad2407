/** The metrics of a run say what happened in it. */
import { expect } from "chai";
import { prometheusMeter } from "../../src/observability/prometheus.ts";
import type { FabricGauges } from "../../src/observability/meter.ts";
import { startController } from "../../src/controllers/controller.ts";
import { dialSsh } from "../../src/controllers/device/devicePool.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { toyDriver, toyPool } from "../controllers/toyFabric.ts";
import { toyStage, untilEnded } from "../controllers/toyRun.ts";

/** The values of a metric by its labels, as they stand there: `{a="b"}`. */
async function valuesOf(
  meter: { text(): Promise<{ text: string }> },
  name: string,
): Promise<Readonly<Record<string, number>>> {
  const { text } = await meter.text();
  const lines = [...text.matchAll(/^([a-z_]+)(\{.*\})? (\S+)$/gm)];
  return Object.fromEntries(
    lines.filter((match) => match[1] === name).map(([, , labels = "", value]) => [labels, Number(value)]),
  );
}

describe("observability: metrics", () => {
  const FABRIC = 'fabric_namespace="default",fabric="dc1"';

  it("MO-3 follow a campaign: what runs, what is out of service, and in the end what was done", async () => {
    const stage = await toyStage();
    const { clock, store, devices, wait } = stage;
    const meter = prometheusMeter();
    const world = { devices, clock, gate: { dead: false } };
    const duringReboot: Record<string, Readonly<Record<string, number>>> = {};
    const controller = await startController({
      store,
      clock,
      drivers: [toyDriver(world)],
      dial: dialSsh,
      pool: toyPool(world),
      log: createLogger({ level: "error", redact: [] }),
      registerSecret: () => undefined,
      meter,
      ...(wait === undefined ? {} : { wait }),
      hooks: {
        async before({ object, action }) {
          if (object !== "leaf1" || action !== "Reboot") return;
          for (const name of [
            "hitless_devices_out_of_service",
            "hitless_longest_out_of_service_seconds",
            "hitless_open_intents",
            "hitless_campaigns",
            "hitless_fabric_leader",
          ]) {
            duringReboot[name] = await valuesOf(meter, name);
          }
        },
      },
    });
    await untilEnded(stage);

    expect(duringReboot["hitless_devices_out_of_service"]).to.deep.equal({ [`{${FABRIC}}`]: 1 });
    expect(duringReboot["hitless_longest_out_of_service_seconds"]?.[`{${FABRIC}}`]).to.be.at.least(60);
    expect(duringReboot["hitless_open_intents"]).to.deep.equal({ [`{${FABRIC}}`]: 1 });
    expect(duringReboot["hitless_campaigns"]).to.deep.equal({ [`{${FABRIC},phase="Running"}`]: 1 });
    expect(duringReboot["hitless_fabric_leader"]).to.deep.equal({ [`{${FABRIC}}`]: 1 });

    expect(await valuesOf(meter, "hitless_campaigns")).to.deep.equal({
      [`{${FABRIC},phase="Completed"}`]: 1,
    });
    expect(await valuesOf(meter, "hitless_devices")).to.deep.equal({
      [`{${FABRIC},state="HitlessImageUpgradeSuccessful"}`]: 2,
    });
    expect(await valuesOf(meter, "hitless_devices_out_of_service")).to.deep.equal({ [`{${FABRIC}}`]: 0 });
    expect(await valuesOf(meter, "hitless_open_intents")).to.deep.equal({ [`{${FABRIC}}`]: 0 });
    expect(await valuesOf(meter, "hitless_intents_total")).to.deep.equal({
      '{step="Install"}': 2,
      '{step="Reboot"}': 2,
    });
    const steps = await valuesOf(meter, "hitless_step_duration_seconds_count");
    expect(steps['{step="Reboot",result="Done"}']).to.equal(2);
    const seconds = await valuesOf(meter, "hitless_step_duration_seconds_sum");
    expect(seconds['{step="Reboot",result="Done"}'], "two boots of two minutes").to.be.within(240, 300);
    const requests = await valuesOf(meter, "hitless_api_requests_total");
    expect(requests['{verb="create",kind="DeviceUpgrade",code="OK"}']).to.equal(2);
    const written = (await valuesOf(meter, "hitless_events_total"))['{result="Written"}'];
    expect(written).to.equal((await store.list("Event")).length);
    const reconciles = await valuesOf(meter, "hitless_reconciles_total");
    expect(reconciles['{kind="DeviceUpgrade",result="Success"}']).to.be.at.least(2);
    expect(Object.keys(reconciles).filter((labels) => labels.includes("Error"))).to.deep.equal([]);

    await stage.settled(controller.stop());
    expect(await valuesOf(meter, "hitless_fabric_leader"), "handed over").to.deep.equal({
      [`{${FABRIC}}`]: 0,
    });
    await store.close();
  });

  it("show no more what is there no more", async () => {
    const meter = prometheusMeter();
    const fabric: FabricGauges = {
      namespace: "default",
      fabric: "dc1",
      isLed: true,
      campaigns: { Running: 1 },
      devices: { Rebooting: 3 },
      outOfService: 3,
      longestOutOfServiceSeconds: 60,
      openIntents: 3,
    };
    meter.readGauges(() => ({ fabrics: [fabric], queues: [] }));
    expect(await valuesOf(meter, "hitless_devices")).to.deep.equal({ [`{${FABRIC},state="Rebooting"}`]: 3 });
    meter.readGauges(() => ({ fabrics: [{ ...fabric, devices: { Hung: 1 } }], queues: [] }));
    expect(await valuesOf(meter, "hitless_devices")).to.deep.equal({ [`{${FABRIC},state="Hung"}`]: 1 });
    meter.readGauges(() => ({ fabrics: [], queues: [] }));
    expect(await valuesOf(meter, "hitless_devices")).to.deep.equal({});
  });

  it("count requests to devices, and tell failures by request and code", async () => {
    const meter = prometheusMeter();
    meter.deviceRpc({ rpc: "get-lldp-neighbors-information", code: "OK", seconds: 0.2 });
    meter.deviceRpc({ rpc: "request-reboot", code: "ReplyTimeout", seconds: 60 });
    meter.deviceConnection({ code: "OK" });
    meter.deviceConnection({ code: "AuthenticationFailed" });
    expect(await valuesOf(meter, "hitless_device_rpc_failures_total")).to.deep.equal({
      '{rpc="request-reboot",code="ReplyTimeout"}': 1,
    });
    expect(await valuesOf(meter, "hitless_device_rpc_duration_seconds_count")).to.deep.equal({
      '{rpc="get-lldp-neighbors-information"}': 1,
      '{rpc="request-reboot"}': 1,
    });
    expect(await valuesOf(meter, "hitless_device_connections_total")).to.deep.equal({
      '{code="OK"}': 1,
      '{code="AuthenticationFailed"}': 1,
    });
  });
});

/** What is worth telling of a Fabric and of a DeviceImage, from two states of them. Pure. */
import { findCondition, type Condition } from "../../api/conditions.ts";
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { NewEvent } from "./events.ts";

type InputEvent = Omit<NewEvent, "regarding" | "related">;

export function fabricNews(before: Fabric, after: Fabric): readonly InputEvent[] {
  const { counts } = after.status ?? {};
  const read = counts === undefined ? "" : ` (devices: ${String(counts.devices)})`;
  return [
    ...news(before, after, { type: "Ready", action: "Discover", tells: ["True", "False"], more: read }),
    ...news(before, after, { type: "Held", action: "Hold", tells: ["True"] }),
  ];
}

export function imageNews(before: DeviceImage, after: DeviceImage): readonly InputEvent[] {
  return news(before, after, { type: "Verified", action: "Verify", tells: ["True", "False"] });
}

interface Watched {
  readonly type: string;
  readonly action: string;
  readonly tells: readonly Condition["status"][];
  /** Added to what the condition says when it is true. */
  readonly more?: string;
}

/** A condition that now says something else than before. `Held` is no warning: somebody asked for it. */
function news(
  before: Fabric | DeviceImage,
  after: Fabric | DeviceImage,
  { type, action, tells, more = "" }: Watched,
): readonly InputEvent[] {
  const was = findCondition(before.status?.conditions, type);
  const is = findCondition(after.status?.conditions, type);
  if (is === undefined || !tells.includes(is.status)) return [];
  if (is.status === was?.status && is.reason === was.reason && is.message === was.message) return [];
  const isGood = is.status === "True";
  const note = isGood ? `${is.message}${more}` : is.message;
  return [{ type: isGood ? "Normal" : "Warning", reason: is.reason, action, note }];
}

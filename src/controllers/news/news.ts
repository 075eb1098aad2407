/**
 * What happened to an object, told once its status is saved: the difference between what it was and what it is now.
 * People learn of it by events, monitors by metrics. It is told by whoever saved it, so by the leader alone; a
 * controller that dies in between tells nobody, which is fine for news, and the reason why news are never state.
 */
import type { ObjectReference } from "../../api/coreKinds.ts";
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Meter } from "../../observability/meter.ts";
import type { ObjectKey } from "../../store/store.ts";
import type { EventRecorder, NewEvent } from "./events.ts";
import { campaignNews } from "./newsOfCampaign.ts";
import { deviceNews, endedSteps, newIntent } from "./newsOfDevice.ts";
import { fabricNews, imageNews } from "./newsOfInputs.ts";

/** Each takes the object as it was before the status was saved, and as it was saved. None ever throws or waits. */
export interface News {
  campaign(before: UpgradeCampaign, after: UpgradeCampaign): void;
  device(before: DeviceUpgrade, after: DeviceUpgrade): void;
  fabric(before: Fabric, after: Fabric): void;
  image(before: DeviceImage, after: DeviceImage): void;
  /** Something that is no change of a status. */
  tell(about: DeviceUpgrade, event: Omit<NewEvent, "regarding" | "related">): void;
}

export interface NewsOptions {
  readonly events: Pick<EventRecorder, "record">;
  readonly meter: Pick<Meter, "step" | "intent">;
  /** The uid of a Fabric, where it is known. */
  readonly fabricUid: (fabric: ObjectKey) => string | undefined;
}

/** News as events and metrics. */
export function newsTo({ events, meter, fabricUid }: NewsOptions): News {
  const fabricOf = ({ metadata, spec }: UpgradeCampaign): { related?: ObjectReference } => {
    const { namespace } = metadata;
    const { name } = spec.fabricRef;
    const uid = fabricUid({ namespace, name });
    const { apiVersion } = KINDS.Fabric;
    return uid === undefined ? {} : { related: { apiVersion, kind: "Fabric", namespace, name, uid } };
  };
  return {
    campaign(before, after) {
      const related = fabricOf(after);
      for (const each of campaignNews(before, after))
        events.record({ regarding: after, ...related, ...each });
    },
    device(before, after) {
      const { apiVersion } = KINDS.UpgradeCampaign;
      const { namespace } = after.metadata;
      const related = { apiVersion, kind: "UpgradeCampaign", namespace, ...after.spec.campaignRef };
      for (const each of deviceNews(before, after)) events.record({ regarding: after, related, ...each });
      for (const step of endedSteps(before, after)) meter.step(step);
      const step = newIntent(before, after);
      if (step !== undefined) meter.intent({ step });
    },
    fabric(before, after) {
      for (const each of fabricNews(before, after)) events.record({ regarding: after, ...each });
    },
    image(before, after) {
      for (const each of imageNews(before, after)) events.record({ regarding: after, ...each });
    },
    tell(about, event) {
      events.record({ regarding: about, ...event });
    },
  };
}

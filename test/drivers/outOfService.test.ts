/** How long devices are out of service. Model time: the figures of `npm run bench`, which are the same on every machine. */
import { expect } from "chai";
import { benchOutOfService } from "../../bench/outOfService.ts";

describe("drivers: time out of service", function () {
  this.timeout(120_000);

  it("HL-1 is within 5 % of what installations, boots and convergence take: nothing sleeps in the way", async () => {
    for (const { driver, measuredSeconds, physicalSeconds, contrailSeconds } of await benchOutOfService()) {
      expect(measuredSeconds / physicalSeconds, driver).to.be.within(1, 1.05);
      // Routers with two engines take longer than where both are rebooted at once, and keep one all the time.
      if (contrailSeconds !== null && driver !== "mx, two engines") {
        expect(measuredSeconds, driver).to.be.below(contrailSeconds);
      }
    }
  });
});

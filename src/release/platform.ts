/** Which models an image is for: `supportedPlatforms` of a DeviceImage names models or whole series. */

/**
 * Whether one of the supported platforms is the model or the series it belongs to: `qfx5120` covers
 * `qfx5120-48y-8c` but not `qfx51200`. Capitals don't matter.
 */
export function modelMatches(supportedPlatforms: readonly string[], model: string): boolean {
  const wanted = model.trim().toLowerCase();
  return supportedPlatforms.some((entry) => {
    const platform = entry.trim().toLowerCase();
    return platform !== "" && (wanted === platform || wanted.startsWith(`${platform}-`));
  });
}

import type { PriceKind } from '../model/price.ts';
import type { TokenUsage } from '../model/usage.ts';

/** How much of each kind a call used; kinds of tokens never overlap, and seconds may be parts. */
export type Amounts = Readonly<Record<PriceKind, number>>;

function least(part: number | undefined, whole: number): number {
  return part === undefined ? 0 : Math.min(part, whole);
}

/**
 * Parts a usage into kinds that do not overlap. Providers' counts may contradict each other; then a part is never larger than its
 * whole, so that the kinds of input and of output add up to the two totals.
 */
export function amountsOf(usage: TokenUsage, minimumAudioSeconds = 0): Amounts {
  const { inputTokens, outputTokens } = usage;
  const cached = Math.min(usage.cachedInputTokens, inputTokens);
  const written = Math.min(usage.cacheWriteTokens, inputTokens - cached);
  const longCacheWrite = least(usage.longCacheWriteTokens, written);
  const cachedAudio = Math.min(least(usage.cachedAudioTokens, cached), usage.inputAudioTokens ?? 0);
  const cachedImage = Math.min(least(usage.cachedImageTokens, cached - cachedAudio), usage.inputImageTokens ?? 0);
  let rest = inputTokens - cached - written;
  const inputAudio = least(usage.inputAudioTokens, rest + cachedAudio) - cachedAudio;
  rest -= inputAudio;
  const inputImage = least(usage.inputImageTokens, rest + cachedImage) - cachedImage;
  rest -= inputImage;
  const inputVideo = least(usage.inputVideoTokens, rest);
  let text = outputTokens;
  const outputAudio = least(usage.outputAudioTokens, text);
  text -= outputAudio;
  const outputImage = least(usage.outputImageTokens, text);
  text -= outputImage;
  const outputVideo = least(usage.outputVideoTokens, text);
  text -= outputVideo;
  const reasoning = Math.min(usage.reasoningTokens, text);
  const seconds = usage.audioSeconds ?? 0;
  return {
    input: rest - inputVideo,
    cachedInput: cached - cachedAudio - cachedImage,
    cacheWrite: written - longCacheWrite,
    longCacheWrite,
    inputAudio,
    cachedAudio,
    inputImage,
    cachedImage,
    inputVideo,
    output: text - reasoning,
    reasoning,
    outputAudio,
    outputImage,
    outputVideo,
    webSearch: usage.webSearches ?? 0,
    request: 1,
    audio: seconds === 0 ? 0 : Math.max(seconds, minimumAudioSeconds),
  };
}

import type { RequestChannel } from '#shared/model/access.ts';

interface ChannelWords {
  /** How the request came in. */
  readonly name: string;
  /** Asks the person to compare the code. */
  readonly question: string;
}

/** The words for each way in. By the browser's, the program that will hold the token is never known. */
export const channelWords: Readonly<Record<RequestChannel, ChannelWords>> = {
  'control-socket': { name: 'toll, on this machine', question: 'Same code in the terminal?' },
  'device-code': { name: 'device code, through the gateway', question: 'Same code in the tool?' },
  browser: { name: 'sign-in page, in your browser', question: 'Same code in the browser?' },
};

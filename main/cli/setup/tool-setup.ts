import type { HomeSurroundings } from '#shared/contract/home.ts';
import type { ToolId } from '#shared/provider/tool/tool-providers.ts';

/** One provider as a tool is to see it. */
export interface SetupProvider {
  /** Tollkeeper's id. */
  readonly id: string;
  /** The tool's own name for it. */
  readonly name: string;
  /** Base URL on the gateway, as the tool wants it. */
  readonly url: string;
  /** The provider's own address, to tell it from a third one; null when every user has a different one. */
  readonly originalUrl: string | null;
  /** Environment variable that holds the token under `toll run`. */
  readonly keyVariable: string;
}

/** What a tool is pointed at. */
export interface SetupTarget {
  readonly providers: readonly SetupProvider[];
  /** How `toll` is started from any folder: the program and its first arguments. */
  readonly toll: readonly string[];
}

/** Everything `toll setup` needs to know about one tool: data and one pure edit. */
export interface ToolSetup {
  readonly id: ToolId;
  readonly name: string;
  /** Absolute paths where its configuration may be, best first; the first that exists is edited, else the first is made. */
  files(surroundings: HomeSurroundings): readonly string[];
  /**
   * The configuration's text after the edit; an absent file is the empty text. Everything not concerned keeps its bytes.
   * Throws `invalid_request` when the text can't be edited safely.
   */
  edit(text: string, target: SetupTarget): string;
  /** True when the tool fetches its own tokens; else it must be started through `toll run`. */
  readonly fetchesTokens: boolean;
  /** What to do next, one sentence. */
  readonly nextStep: string;
}

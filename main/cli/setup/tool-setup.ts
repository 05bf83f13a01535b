import { z } from 'zod';
import type { HomeSurroundings } from '#shared/contract/home.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { ToolId } from '#shared/provider/tool/tool-providers.ts';

/** What a tool is pointed at. */
export const setupTargetSchema = lazily(() =>
  z.object({
    providers: z.array(
      z.object({
        /** Tollkeeper's id. */
        id: z.string(),
        /** The tool's own name for it. */
        name: z.string(),
        /** Base URL on the gateway, as the tool wants it. */
        url: z.string(),
        /** The provider's own address, to tell it from a third one; null when every user has a different one. */
        originalUrl: z.string().nullable(),
        /** Environment variable that holds the token under `toll run`. */
        keyVariable: z.string(),
      }),
    ),
    /** How `toll` is started from any folder: the program and its first arguments. */
    toll: z.array(z.string()),
  }),
);

/** See {@link setupTargetSchema}. */
export type SetupTarget = Readonly<z.infer<typeof setupTargetSchema>>;
/** One provider as a tool is to see it. */
export type SetupProvider = Readonly<SetupTarget['providers'][number]>;

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
  /** The meaning of the configuration's text, to prove that two texts mean the same. Throws `invalid_request` when it has none. */
  read(text: string): unknown;
  /** Name of its program, as it is typed. */
  readonly command: string;
  /** True when the base URLs and the token that `toll run` puts into the environment are enough, without any setup. */
  readonly readsEnvironment: boolean;
  /** True when the tool fetches its own tokens; else it must be started through `toll run`. */
  readonly fetchesTokens: boolean;
  /** What to do next, one sentence. */
  readonly nextStep: string;
}

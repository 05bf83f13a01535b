import { type AccessRequest, type Actor, silenceRule } from '#shared/model/access.ts';
import type { SilencedTool } from '#shared/model/asked-request.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { isTerminal } from '#shared/policy/is-starter.ts';
import { speakerOf } from '#shared/policy/same-program.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { createIdentifier } from '../identifier.ts';
import type { Ask } from './access-case.ts';

/** Tools that were denied again and again: what they ask is refused without anybody being asked. Kept in memory only. */
export interface SilenceBook {
  /** A person denied it. */
  denied(request: AccessRequest): void;
  /** Throws `tool_silenced` for a tool that is not heard now. */
  assertHeard(ask: Ask): void;
  /** True for a program that is not heard under other names, more than one. */
  isRenamed(ask: Pick<Ask, 'process'>): boolean;
  list(): readonly SilencedTool[];
  /** Hears a tool again, named by the id of its silence or by its own name. Throws `not_found`. */
  listen(idOrTool: string, actor: Actor): void;
}

/** What the book is made from. */
export interface SilenceBookOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: (bytes: number) => Uint8Array;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly onChange: () => void;
}

interface Silence {
  readonly speaker: string | null;
  shown: SilencedTool;
  readonly deadline: Deadline;
}

/** A program that is silenced under so many names is trying names. */
const namesOfOne = 2;

/** More tools than a person denies; the oldest denials go first. */
const mostRemembered = 1_000;

/** Makes it with every tool heard. */
export function createSilenceBook({ clock, deadlines, random, recorder, onChange }: SilenceBookOptions): SilenceBook {
  const denials = new Map<string, readonly number[]>();
  const silences = new Map<string, Silence>();

  function silence(key: string, { tool, process }: AccessRequest): void {
    const now = clock.now();
    const silentMs = silenceRule.silentSeconds * 1_000;
    const shown: SilencedTool = {
      id: createIdentifier('sil', random),
      tool,
      executable: process?.executable ?? null,
      since: new Date(now).toISOString(),
      until: new Date(now + silentMs).toISOString(),
      refused: 0,
    };
    const deadline = deadlines.after(silentMs, () => end(key, 'timeout'));
    silences.set(key, { shown, deadline, speaker: speakerKeyOf(process) });
    const { id, executable, until } = shown;
    recorder.record({ event: 'tool-silenced', actor: 'system', subject: id, detail: { tool, executable, until } });
    onChange();
  }

  function end(key: string, actor: Actor): void {
    const ended = silences.get(key);
    if (ended === undefined) return;
    ended.deadline.cancel();
    silences.delete(key);
    const { id, tool, refused } = ended.shown;
    recorder.record({ event: 'tool-heard', actor, subject: id, detail: { tool, refused } });
    onChange();
  }

  return {
    denied(request) {
      const key = keyOf(request);
      const now = clock.monotonic();
      const recent = (denials.get(key) ?? []).filter((at) => now - at < silenceRule.withinSeconds * 1_000);
      denials.delete(key);
      if (recent.length + 1 >= silenceRule.denials && !silences.has(key)) {
        silence(key, request);
        return;
      }
      denials.set(key, [...recent, now]);
      if (denials.size > mostRemembered) denials.delete(denials.keys().next().value ?? key);
    },
    assertHeard({ demand, process }) {
      const found = silences.get(keyOf({ tool: demand.tool, process }));
      if (found === undefined) return;
      found.shown = { ...found.shown, refused: found.shown.refused + 1 };
      onChange();
      const leftSeconds = Math.max(1, Math.ceil((Date.parse(found.shown.until) - clock.now()) / 1_000));
      throw new TollkeeperError(
        'tool_silenced',
        `${demand.tool} was denied again and again, so it is not heard until ${found.shown.until}. To hear it again: toll listen ${found.shown.id}`,
        { details: { until: found.shown.until, retryAfterSeconds: leftSeconds } },
      );
    },
    isRenamed({ process }) {
      const speaker = speakerKeyOf(process);
      const names = [...silences.values()].filter((silence) => silence.speaker === speaker).length;
      return speaker !== null && names >= namesOfOne;
    },
    list: () => [...silences.values()].map(({ shown }) => shown),
    listen(idOrTool, actor) {
      const keys = [...silences].filter(([, { shown }]) => shown.id === idOrTool || shown.tool === idOrTool);
      if (keys.length === 0)
        throw new TollkeeperError(
          'not_found',
          `${idOrTool} is not silenced. \`toll requests --silenced\` lists those that are.`,
        );
      for (const [key] of keys) end(key, actor);
    },
  };
}

/** Who speaks, whatever it calls itself; null where that is not vouched for, and for terminals and editors, in which a person types. */
function speakerKeyOf(process: PeerProcess | null): string | null {
  const speaker = process?.verified === true ? speakerOf(process) : undefined;
  return speaker === undefined || isTerminal(speaker.name) ? null : JSON.stringify([speaker.executable, speaker.name]);
}

/** A program can silence only itself: another one with the same name is another key. */
function keyOf({ tool, process }: Pick<AccessRequest, 'tool' | 'process'>): string {
  const speaker = process?.verified === true ? speakerOf(process) : undefined;
  const program = [process?.executable ?? null, speaker?.executable, speaker?.name];
  return JSON.stringify([tool.toLowerCase(), program]);
}

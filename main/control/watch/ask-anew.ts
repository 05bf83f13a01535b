import { z } from 'zod';
import type { Registry } from '#main/store/registry/registry.ts';
import { lazily } from '#shared/model/lazily.ts';

/** Tools whose next request a person has to answer. */
export interface AskAnew {
  has(tool: string): boolean;
  add(tool: string): void;
  /** A person has answered. */
  answered(tool: string): void;
}

const stateName = 'watch-asks-anew';
const toolsSchema = lazily(() => z.array(z.string()));
/** More tools than anybody has; the ones that were added first are forgotten. */
const mostTools = 200;

/** Reads them back: a restart must not be a way around the question. */
export function createAskAnew({ state }: Pick<Registry, 'state'>): AskAnew {
  let tools = toolsSchema.safeParse(state.read(stateName)).data ?? [];

  function write(next: readonly string[]): void {
    tools = next.slice(-mostTools);
    state.write(stateName, tools);
  }

  return {
    has: (tool) => tools.includes(tool),
    add(tool) {
      if (!tools.includes(tool)) write([...tools, tool]);
    },
    answered(tool) {
      if (tools.includes(tool)) write(tools.filter((each) => each !== tool));
    },
  };
}

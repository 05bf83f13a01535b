/**
 * The groups of files that import one another in a circle, each once, sorted; a file that imports itself is a group of one.
 * Tarjan's algorithm, kept recursive: import chains are far shorter than the call stack.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const waiting: string[] = [];
  const cycles: string[][] = [];

  const lower = (file: string, value: number): void => {
    lowest.set(file, Math.min(lowest.get(file) ?? value, value));
  };

  const visit = (file: string): void => {
    const own = order.size;
    order.set(file, own);
    lowest.set(file, own);
    waiting.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) {
        visit(next);
        lower(file, lowest.get(next) ?? own);
      } else if (waiting.includes(next)) {
        lower(file, order.get(next) ?? own);
      }
    }
    if (lowest.get(file) !== own) return;
    const group = waiting.splice(waiting.indexOf(file)).sort();
    if (group.length > 1 || graph.get(file)?.includes(file)) cycles.push(group);
  };

  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return cycles;
}

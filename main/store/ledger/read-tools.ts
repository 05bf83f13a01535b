import type { Database } from '../database.ts';
import { hourMs } from './aggregate.ts';
import type { ToolHistory } from './ledger.ts';

/** Rows read of each kind; more tools, hours and models than any person has. */
const mostRows = 200_000;

/** What each tool did, hour by hour from `since` on, and every model it has ever used (moments in milliseconds since the epoch). Calls that were refused are not in it. */
export function readToolHistory(database: Database, since: number): readonly ToolHistory[] {
  const tools = new Map<string, { hours: ToolHistory['hours'][number][]; models: ToolHistory['models'][number][] }>();
  const of = (tool: string) => {
    const known = tools.get(tool) ?? { hours: [], models: [] };
    tools.set(tool, known);
    return known;
  };
  const hours = database.all(
    `SELECT tool, hour_ms AS at, sum(requests - denied) AS calls, sum(cost_micro_usd) AS cost FROM usage_hours
     WHERE hour_ms >= ? AND tool <> '' GROUP BY hour_ms, tool HAVING sum(requests - denied) > 0 ORDER BY hour_ms LIMIT ?`,
    Math.floor(since / hourMs) * hourMs,
    mostRows,
  );
  for (const row of hours)
    of(String(row.tool)).hours.push({ at: Number(row.at), calls: Number(row.calls), costMicroUsd: Number(row.cost) });
  const models = database.all(
    `SELECT DISTINCT tool, provider, model FROM usage_hours WHERE tool <> '' AND provider <> '' AND requests > denied + failed LIMIT ?`,
    mostRows,
  );
  for (const row of models)
    of(String(row.tool)).models.push({
      provider: String(row.provider),
      model: row.model === '' ? null : String(row.model),
    });
  return [...tools].map(([tool, known]) => ({ tool, ...known }));
}

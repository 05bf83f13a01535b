import { Checkbox, Select } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { type Capability, capabilities } from '#shared/model/scope.ts';
import { customDefinitionId, findProvider } from '#shared/provider/index.ts';
import classes from './access.module.css';

const anyProvider = '*';
const columns = Object.entries(capabilities) as [Capability, (typeof capabilities)[Capability]][];

/** What a provider's endpoints can do; everything for a wildcard. */
function abilitiesOf(provider: string): ReadonlySet<string> {
  if (provider === anyProvider) return new Set(columns.map(([capability]) => capability));
  const data = findProvider(provider) ?? findProvider(customDefinitionId);
  return new Set(data?.endpoints.map((endpoint) => endpoint.capability));
}

interface AbilityMatrixProps {
  /** `PROVIDER:CAPABILITY` of everything ticked. */
  readonly chosen: readonly string[];
  /** What is wrong with the choice, if it is to be said. */
  readonly problem: string | undefined;
  onChange(chosen: readonly string[]): void;
}

/** A box for each provider and what it can do: those with a key first, others on demand. */
export function AbilityMatrix({ chosen, problem, onChange }: AbilityMatrixProps): ReactNode {
  const labelId = useId();
  const providers = useProviders();
  const credentials = useOperation('credential.list', {});
  const [added, setAdded] = useState<readonly string[]>([]);
  const withKey = new Set(credentials.data?.map((credential) => credential.provider));
  const isShown = (id: string): boolean => withKey.has(id) || added.includes(id);
  const rows = [...providers.filter(({ id }) => isShown(id)), { id: anyProvider, name: 'Every provider' }];
  const others = providers.filter(({ id }) => !isShown(id));
  const toggle = (ability: string): void =>
    onChange(chosen.includes(ability) ? chosen.filter((each) => each !== ability) : [...chosen, ability]);
  return (
    <div>
      <div className={classes.label} id={labelId}>
        What
      </div>
      <section className={classes.matrix} aria-labelledby={labelId}>
        <table aria-labelledby={labelId}>
          <thead>
            <tr>
              <td />
              {columns.map(([capability, { label }]) => (
                <th key={capability} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, name }) => {
              const offered = abilitiesOf(id);
              return (
                <tr key={id}>
                  <th scope="row">{name}</th>
                  {columns.map(([capability, { phrase }]) => (
                    <td key={capability}>
                      {offered.has(capability) ? (
                        <Checkbox
                          size="xs"
                          aria-label={`${phrase} ${name}`}
                          checked={chosen.includes(`${id}:${capability}`)}
                          onChange={() => toggle(`${id}:${capability}`)}
                        />
                      ) : null}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {others.length === 0 ? null : (
        <Select
          mt="sm"
          w={220}
          size="xs"
          aria-label="Another provider"
          placeholder="Another provider…"
          data={others.map(({ id, name }) => ({ value: id, label: name }))}
          value={null}
          onChange={(id) => (id === null ? undefined : setAdded([...added, id]))}
          searchable
        />
      )}
      {problem === undefined ? null : (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

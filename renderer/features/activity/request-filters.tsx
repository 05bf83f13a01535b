import { Button, Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { outcomeSchema } from '#shared/model/usage.ts';
import classes from './activity.module.css';
import { type ActivitySearch, isFiltered, spans, withoutFilters } from './activity-search.ts';
import { outcomes } from './outcome-pill.tsx';
import { SearchField } from './search-field.tsx';

interface FilterSelectProps {
  readonly label: string;
  readonly width: number;
  readonly value: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  onChange(value: string | undefined): void;
}

function FilterSelect({ label, width, value, options, onChange }: FilterSelectProps): ReactNode {
  const isKnown = value === undefined || options.some((option) => option.value === value);
  return (
    <Select
      size="xs"
      w={width}
      aria-label={label}
      placeholder={label}
      data={[...options, ...(isKnown ? [] : [{ value, label: value }])]}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      searchable={options.length > 6}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}

const plain = (values: readonly string[] = []) => values.map((value) => ({ value, label: value }));
const outcomeOptions = outcomeSchema.options.map((value) => ({ value, label: outcomes[value].name }));
const spanOptions = Object.entries(spans).map(([value, { label }]) => ({ value, label }));

interface RequestFiltersProps {
  readonly search: ActivitySearch;
  onChange(search: ActivitySearch): void;
}

/** Narrows the list of requests; every choice is in the address. */
export function RequestFilters({ search, onChange }: RequestFiltersProps): ReactNode {
  const facets = useOperation('usage.facets', {}).data;
  const providerName = useProviderName();
  const set = (change: { readonly [K in keyof ActivitySearch]?: string | undefined }): void =>
    onChange({ ...search, ...change } as ActivitySearch);
  return (
    <search className={classes.filters} aria-label="Filters">
      <SearchField label="Find in requests" value={search.text} onChange={(text) => set({ text })} />
      <FilterSelect
        label="Tool"
        width={116}
        value={search.tool}
        options={plain(facets?.tools)}
        onChange={(tool) => set({ tool })}
      />
      <FilterSelect
        label="Provider"
        width={116}
        value={search.provider}
        options={(facets?.providers ?? []).map((id) => ({ value: id, label: providerName(id) }))}
        onChange={(provider) => set({ provider })}
      />
      <FilterSelect
        label="Model"
        width={132}
        value={search.model}
        options={plain(facets?.models)}
        onChange={(model) => set({ model })}
      />
      <FilterSelect
        label="Outcome"
        width={108}
        value={search.outcome}
        options={outcomeOptions}
        onChange={(outcome) => set({ outcome })}
      />
      <FilterSelect
        label="Any time"
        width={132}
        value={search.span}
        options={spanOptions}
        onChange={(span) => set({ span })}
      />
      {isFiltered(search) ? (
        <Button size="compact-sm" variant="subtle" onClick={() => onChange(withoutFilters(search))}>
          Clear filters
        </Button>
      ) : null}
    </search>
  );
}

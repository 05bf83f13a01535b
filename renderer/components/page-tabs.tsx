import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatCount } from './format/count.ts';
import classes from './page-tabs.module.css';

interface PageTabsProps<T extends string> {
  /** What is chosen, for screen readers. */
  readonly label: string;
  readonly value: T;
  /** The parts of the page; a count stands behind the name where there is one. */
  readonly tabs: readonly { readonly value: T; readonly label: string; readonly count?: number | undefined }[];
  onChange(value: T): void;
  /** The chosen part. */
  readonly children: ReactNode;
}

/** The parts of a page of which one is shown; the page keeps the choice in its address. */
export function PageTabs<T extends string>({ label, value, tabs, onChange, children }: PageTabsProps<T>): ReactNode {
  const choose = (chosen: string | null): void => {
    const tab = tabs.find((each) => each.value === chosen);
    if (tab !== undefined) onChange(tab.value);
  };
  return (
    <Tabs
      value={value}
      onChange={choose}
      keepMounted={false}
      classNames={{
        root: classes.root ?? '',
        list: classes.list ?? '',
        tab: classes.tab ?? '',
        panel: classes.panel ?? '',
      }}
    >
      <Tabs.List aria-label={label}>
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.value} value={tab.value}>
            {tab.label}
            {tab.count === undefined ? null : <span className={classes.count}>{formatCount(tab.count)}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.value} value={tab.value}>
          {tab.value === value ? children : null}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { shell } from '#renderer/api/client.ts';
import { toTollkeeperError } from '#renderer/api/query-client.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { notifyDone, notifyFailure } from '#renderer/components/notify.ts';
import type { UsageFilter } from '#shared/model/usage.ts';

interface ExportMenuProps {
  readonly filter: UsageFilter;
  /** Number of rows the filter matches; undefined while it is not known. */
  readonly total: number | undefined;
}

/** Writes every request that matches the filter into a file of the person's choice. */
export function ExportMenu({ filter, total }: ExportMenuProps): ReactNode {
  const [isRunning, setRunning] = useState(false);
  const write = async (format: 'csv' | 'json'): Promise<void> => {
    setRunning(true);
    try {
      const { path, rows } = await shell('usage.export', { format, filter: { ...filter } });
      if (path !== null) notifyDone(`${formatPlural(rows, 'request')} written to ${path}`);
    } catch (error) {
      notifyFailure(toTollkeeperError(error));
    } finally {
      setRunning(false);
    }
  };
  const what = total === undefined ? '' : ` of ${formatPlural(total, 'request')}`;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button
          variant="default"
          loading={isRunning}
          disabled={total === undefined || total === 0}
          leftSection={<IconDownload size={14} stroke={1.75} aria-hidden="true" />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void write('csv')}>CSV{what}…</Menu.Item>
        <Menu.Item onClick={() => void write('json')}>JSON{what}…</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { usePlatform } from '#renderer/api/use-platform.ts';
import { Card } from '#renderer/components/card.tsx';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import type { TlsReport } from '#shared/model/certificate.ts';
import type { Settings } from '#shared/model/settings.ts';
import { variableLines } from '#shared/provider/tool/trust.ts';
import { SettingRow, SwitchRow } from './setting-row.tsx';
import classes from './settings.module.css';
import { parsePort } from './settings-values.ts';
import { TypedSetting } from './typed-setting.tsx';
import type { SettingsState } from './use-settings.ts';

interface TlsCardProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
}

function copied(text: string, label: string): ReactNode {
  return (
    <span className={classes.fact}>
      <code>{text}</code> <CopyButton text={text} label={label} iconOnly />
    </span>
  );
}

function Facts({ report, platform }: { readonly report: TlsReport; readonly platform: string }): ReactNode {
  const until = report.certificate?.validUntil.slice(0, 10);
  return (
    <KeyValue
      facts={[
        ['Address', report.url === null ? (report.message ?? 'not open') : copied(report.url, 'Copy the TLS address')],
        ['Certificate', until === undefined ? 'none yet' : `valid until ${until}, renewed by itself`],
        ['Authority', copied(report.files.authority, 'Copy the path of the authority\u2019s certificate')],
        ...variableLines(report.files, platform).map(
          ({ who, name, line }) =>
            [
              who,
              <span key={name} className={classes.fact}>
                <code>{name}</code> <CopyButton text={line} label={`Copy the line for ${who}`} iconOnly />
              </span>,
            ] as const,
        ),
      ]}
    />
  );
}

/** TLS on the loopback addresses: on or off, where, and how tools learn to trust it. */
export function TlsCard({ settings, save }: TlsCardProps): ReactNode {
  const report = useOperation('tls.read', {});
  const platform = usePlatform();
  const renew = useAct('tls.renew');
  const renewNow = async (): Promise<void> => {
    const answer = await renew.run({ authority: false });
    if (answer !== undefined) notifyDone('The gateway shows a new certificate now');
  };
  return (
    <Card title="TLS on this machine">
      <SwitchRow
        name="Speak TLS as well"
        help="For tools that insist on https. The certificate is made here for localhost alone, and its key is kept with your other keys."
        checked={settings.tls}
        onChange={(tls) => save({ tls })}
      />
      <TypedSetting
        name="TLS port"
        help="Beside the plain one, which stays as it is. 0 picks a free one."
        value={settings.tlsPort}
        format={String}
        parse={parsePort}
        onSave={(tlsPort) => save({ tlsPort })}
      />
      {settings.tls && report.data !== undefined ? (
        <>
          <SettingRow
            name="Certificate and trust"
            help="toll run --tls sets these for the command it starts. By hand, copy the line of what a tool is made with."
          >
            {(labels) => (
              <Button
                {...labels}
                size="compact-sm"
                variant="default"
                aria-label="Renew the certificate now"
                loading={renew.isRunning}
                onClick={() => void renewNow()}
              >
                Renew now
              </Button>
            )}
          </SettingRow>
          <Facts report={report.data} platform={platform?.platform ?? 'linux'} />
        </>
      ) : null}
    </Card>
  );
}

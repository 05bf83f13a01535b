import type { ReactNode } from 'react';
import { useState } from 'react';
import { Card } from '#renderer/components/card.tsx';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { Settings } from '#shared/model/settings.ts';
import { SettingRow, SwitchRow } from './setting-row.tsx';
import { parseProxy, parseSeconds } from './settings-values.ts';
import { TypedSetting } from './typed-setting.tsx';
import type { SettingsState } from './use-settings.ts';

const proxies = [
  { value: 'environment', label: 'As the system' },
  { value: 'none', label: 'None' },
  { value: 'own', label: 'Own' },
] as const;

type ProxyChoice = (typeof proxies)[number]['value'];

interface NetworkProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
}

function choiceOf(proxy: Settings['proxy']): ProxyChoice {
  return proxy === 'environment' || proxy === 'none' ? proxy : 'own';
}

function ProxyRows({ settings, save }: NetworkProps): ReactNode {
  const saved = choiceOf(settings.proxy);
  const [isTyping, setTyping] = useState(false);
  const choice = isTyping ? 'own' : saved;
  const choose = (next: ProxyChoice): void => {
    setTyping(next === 'own');
    if (next !== 'own') save({ proxy: next });
  };
  return (
    <>
      <SettingRow
        name="Proxy"
        help="Towards providers. As the system takes HTTPS_PROXY, ALL_PROXY and NO_PROXY from your environment; servers on this machine are never reached through one."
      >
        {() => <Segmented label="Proxy" value={choice} options={proxies} onChange={choose} />}
      </SettingRow>
      {choice === 'own' ? (
        <TypedSetting
          name="Proxy address"
          help="A proxy that wants a name and password goes into HTTPS_PROXY, where it is not shown."
          value={saved === 'own' ? settings.proxy : ''}
          placeholder="http://proxy.example.com:8080"
          wide
          format={(proxy) => proxy}
          parse={parseProxy}
          onSave={(proxy) => save({ proxy })}
        />
      ) : null}
    </>
  );
}

/** How providers are reached from this machine, and how long they are waited for. */
export function NetworkCard({ settings, save }: NetworkProps): ReactNode {
  return (
    <Card title="Network">
      <ProxyRows settings={settings} save={save} />
      <SwitchRow
        name="Trust the system’s certificates"
        help="For networks that check traffic with a certificate of their own. NODE_EXTRA_CA_CERTS and SSL_CERT_FILE count as well."
        checked={settings.trustSystemCertificates}
        onChange={(trustSystemCertificates) => save({ trustSystemCertificates })}
      />
      <TypedSetting
        name="Connect within"
        help="Seconds until the connection to a provider stands."
        value={settings.connectTimeoutSeconds}
        format={String}
        parse={(text) => parseSeconds(text, 120)}
        onSave={(connectTimeoutSeconds) => save({ connectTimeoutSeconds })}
      />
      <TypedSetting
        name="Answer begins within"
        help="Seconds a provider may take until the first byte of its answer. An alias can have its own."
        value={settings.firstByteTimeoutSeconds}
        format={String}
        parse={(text) => parseSeconds(text, 3_600)}
        onSave={(firstByteTimeoutSeconds) => save({ firstByteTimeoutSeconds })}
      />
      <TypedSetting
        name="Silence at most"
        help="Seconds a provider may say nothing within an answer."
        value={settings.idleTimeoutSeconds}
        format={String}
        parse={(text) => parseSeconds(text, 3_600)}
        onSave={(idleTimeoutSeconds) => save({ idleTimeoutSeconds })}
      />
    </Card>
  );
}

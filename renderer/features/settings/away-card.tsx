import type { ReactNode } from 'react';
import { usePlatform } from '#renderer/api/use-platform.ts';
import { Card } from '#renderer/components/card.tsx';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { PresenceKind } from '#shared/model/presence.ts';
import type { AwayAct, Settings } from '#shared/model/settings.ts';
import { SettingRow, SwitchRow } from './setting-row.tsx';
import { parseIdleMinutes, parseSeconds } from './settings-values.ts';
import { TypedSetting } from './typed-setting.tsx';
import type { SettingsState } from './use-settings.ts';

const acts = [
  { value: 'go-on', label: 'Go on' },
  { value: 'wait', label: 'Wait' },
  { value: 'refuse', label: 'Refuse' },
  { value: 'end', label: 'End access' },
] as const;

const consequences: Readonly<Record<AwayAct, string>> = {
  'go-on': 'Tools go on as if you were there.',
  wait: 'Keys are put away. Calls wait until you are back; answers that are streaming go on to their end.',
  refuse: 'Keys are put away. Calls are refused until you are back; answers that are streaming go on to their end.',
  end: 'Keys are put away and all access ends. Streams are cut; every tool has to ask again.',
};

const noLock = 'This desktop does not tell when its screen locks.';
const longestWaitSeconds = 3_600;

const presenceNames: Readonly<Record<PresenceKind, string>> = {
  'touch-id': 'Touch ID is asked for',
  polkit: 'The system asks for your password',
};

interface ActRowProps {
  readonly name: string;
  readonly act: AwayAct;
  /** Why it can't be chosen here; null when it can. */
  readonly obstacle?: string | null;
  onChange(act: AwayAct): void;
}

function ActRow({ name, act, obstacle = null, onChange }: ActRowProps): ReactNode {
  return (
    <SettingRow name={name} help={obstacle ?? consequences[act]}>
      {() => (obstacle === null ? <Segmented label={name} value={act} options={acts} onChange={onChange} /> : null)}
    </SettingRow>
  );
}

interface AwayCardProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
}

/** What happens while nobody is there, and what asks that it is really you. */
export function AwayCard({ settings, save }: AwayCardProps): ReactNode {
  const platform = usePlatform();
  const { whenScreenLocks, whenAsleep, whenIdle } = settings;
  const waits = [whenScreenLocks, whenAsleep, whenIdle].some((act) => act === 'wait' || act === 'end');
  return (
    <Card title="Lock and leave">
      <ActRow
        name="When the screen locks"
        act={whenScreenLocks}
        obstacle={platform?.canLockDetect === false ? noLock : null}
        onChange={(act) => save({ whenScreenLocks: act })}
      />
      <ActRow name="When the machine sleeps" act={whenAsleep} onChange={(act) => save({ whenAsleep: act })} />
      <ActRow name="When you walk away" act={whenIdle} onChange={(act) => save({ whenIdle: act })} />
      {whenIdle === 'go-on' ? null : (
        <TypedSetting
          name="Away after"
          help="Minutes without a touch of keyboard or mouse."
          value={settings.idleMinutes}
          format={String}
          parse={parseIdleMinutes}
          onSave={(idleMinutes) => save({ idleMinutes })}
        />
      )}
      {waits ? (
        <TypedSetting
          name="Calls wait at most"
          help="Seconds; then a call is refused and told when to try again."
          value={settings.awayWaitSeconds}
          format={String}
          parse={(text) => parseSeconds(text, longestWaitSeconds)}
          onSave={(awayWaitSeconds) => save({ awayWaitSeconds })}
        />
      ) : null}
      <SwitchRow
        name="Hold questions until you are back"
        help="Tools that ask for access meanwhile wait, instead of running out of time."
        checked={settings.holdRequestsWhileLocked}
        onChange={(holdRequestsWhileLocked) => save({ holdRequestsWhileLocked })}
      />
      {platform?.presence ? (
        <SwitchRow
          name="Ask that it is you"
          help={`${presenceNames[platform.presence]} before a standing policy is made or removed, a key is rotated, the gateway is resumed, or one of these settings is changed.`}
          checked={settings.askForPresence}
          onChange={(askForPresence) => save({ askForPresence })}
        />
      ) : null}
      {platform?.presence ? (
        <SwitchRow
          name="Ask before an admin key is used"
          help="Also when a schedule changes a key: that then waits until you are there."
          checked={settings.askForAdminKeys}
          onChange={(askForAdminKeys) => save({ askForAdminKeys })}
        />
      ) : null}
    </Card>
  );
}

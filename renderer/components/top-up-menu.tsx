import { Button, Menu, Modal, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { formatMoney, parseMoney } from './format/money.ts';

const usualAmounts: readonly number[] = [1_000_000, 5_000_000, 20_000_000];

interface TopUpMenuProps {
  /** Whose budget it is, such as `Claude Code`. */
  readonly name: string;
  readonly isRunning: boolean;
  /** Adds so many micro-dollars. */
  onAdd(amountMicroUsd: number): void;
}

function OtherAmount({
  name,
  onAdd,
  onClose,
}: Pick<TopUpMenuProps, 'name' | 'onAdd'> & { onClose(): void }): ReactNode {
  const [text, setText] = useState('');
  const amount = parseMoney(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (amount === null) return;
    onAdd(amount);
    onClose();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label="Dollars to add"
        placeholder="2.50"
        value={text}
        error={text !== '' && amount === null ? 'Write dollars, such as 2.50.' : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
        inputMode="decimal"
        data-autofocus
      />
      <Button type="submit" mt="lg" fullWidth disabled={amount === null}>
        {amount === null ? `Add to ${name}` : `Add ${formatMoney(amount)} to ${name}`}
      </Button>
    </form>
  );
}

/** Adds money to a budget: a usual amount with two clicks, any other one typed. */
export function TopUpMenu({ name, isRunning, onAdd }: TopUpMenuProps): ReactNode {
  const [isTyping, setTyping] = useState(false);
  return (
    <>
      <Menu position="bottom-end" width={140}>
        <Menu.Target>
          <Button size="compact-sm" variant="default" loading={isRunning} aria-label={`Add money to ${name}`}>
            Add money
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {usualAmounts.map((amount) => (
            <Menu.Item key={amount} onClick={() => onAdd(amount)}>
              Add {formatMoney(amount).replace('.00', '')}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setTyping(true)}>Other…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isTyping}
        onClose={() => setTyping(false)}
        title={`Add money to ${name}`}
        size={360}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <OtherAmount name={name} onAdd={onAdd} onClose={() => setTyping(false)} />
      </Modal>
    </>
  );
}

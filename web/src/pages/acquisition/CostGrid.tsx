import { UndoOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { costs as api } from '../../api/acquisition';
import { asProblem } from '../../api/problem';
import { useFormat } from '../../app/useFormat';
import { currencyDigits, parseMoney } from '../../lib/format';
import { cellsOf, weekdayOf } from './days';
import type { ChannelNode } from './useChannels';
import { useFreshCosts } from './useCosts';

interface Props {
  rows: ChannelNode[];
  days: string[];
  today: string;
  minor: Map<string, number>;
  write: boolean;
}

interface Edit {
  channel: string;
  day: string;
  /** Undefined: no cost at all, which is not a cost of nothing. */
  was: number | undefined;
  now: number | undefined;
}

const depth = { platform: 0, campaign: 1, entrance: 2 };

/**
 * Channels down, days across, one cost a cell. Arrows and Enter move, a block
 * out of a spreadsheet is pasted, Ctrl+Z takes the last entry back.
 */
export function CostGrid({ rows, days, today, minor, write }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const fresh = useFreshCosts();
  const table = useRef<HTMLTableElement>(null);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [failed, setFailed] = useState<Record<string, string>>({});
  const [saving, setSaving] = useState(0);
  const [done, setDone] = useState<Edit[][]>([]);
  const scale = 10 ** currencyDigits(f.currency);
  const key = (channel: string, day: string) => `${channel} ${day}`;
  const shown = (channel: string, day: string) => {
    const value = minor.get(key(channel, day));
    return value === undefined ? '' : plain(value);
  };
  /** An amount as it is typed: whole ones without decimals. */
  const plain = (value: number) => (value % scale === 0 ? String(value / scale) : (value / scale).toFixed(currencyDigits(f.currency)));
  /** What is below a channel on a day, as a hint where nothing is booked on the channel itself. */
  const below = (n: ChannelNode, day: string): number => n.below.reduce((all, c) => all + (minor.get(key(c.id, day)) ?? 0) + below(c, day), 0);

  const save = async (edits: Edit[], remember = true) => {
    setSaving((n) => n + edits.length);
    const good: Edit[] = [];
    for (const e of edits) {
      try {
        if (e.now === undefined) await api.remove(e.channel, e.day);
        else await api.put(e.channel, { from: e.day, amount_minor: e.now });
        good.push(e);
      } catch (error) {
        const p = asProblem(error);
        setFailed((was) => ({ ...was, [key(e.channel, e.day)]: p.fields[0]?.message || p.detail || t('costs.notSaved') }));
      }
      setSaving((n) => n - 1);
    }
    await fresh();
    setTyped((was) => Object.fromEntries(Object.entries(was).filter(([k]) => !good.some((e) => key(e.channel, e.day) === k))));
    if (remember && good.length > 0) setDone((was) => [...was.slice(-49), good]);
  };

  /** What somebody wrote into a cell as an edit; undefined when nothing changes, null when it is no amount. */
  const editOf = (channel: string, day: string, text: string): Edit | undefined | null => {
    const was = minor.get(key(channel, day));
    const clean = text.trim().replace(/^[¥$€£]/, '');
    const now = clean === '' ? undefined : parseMoney(clean, f.currency);
    if (clean !== '' && (now === undefined || now < 0)) return null;
    return now === was ? undefined : { channel, day, was, now };
  };

  const commit = (channel: string, day: string, text: string) => {
    const k = key(channel, day);
    const edit = editOf(channel, day, text);
    if (edit === null) {
      setFailed((was) => ({ ...was, [k]: t('field.amountWrong') }));
      return;
    }
    setFailed(({ [k]: _gone, ...rest }) => rest);
    if (edit) void save([edit]);
    else setTyped(({ [k]: _same, ...rest }) => rest);
  };

  const undo = () => {
    const last = done.at(-1);
    if (!last) return;
    setDone((was) => was.slice(0, -1));
    void save(last.map((e) => ({ ...e, was: e.now, now: e.was })), false);
  };

  const focus = (r: number, c: number) => {
    const next = table.current?.querySelector<HTMLInputElement>(`input[data-cell="${r} ${c}"]`);
    next?.focus();
    next?.select();
    return Boolean(next);
  };

  const press = (e: KeyboardEvent<HTMLInputElement>, r: number, c: number, channel: string, day: string) => {
    const input = e.currentTarget;
    const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const move = (dr: number, dc: number) => {
      if (focus(r + dr, c + dc)) e.preventDefault();
    };
    if (e.key === 'ArrowDown' || e.key === 'Enter') move(e.shiftKey && e.key === 'Enter' ? -1 : 1, 0);
    else if (e.key === 'ArrowUp') move(-1, 0);
    else if (e.key === 'ArrowLeft' && (whole || input.selectionEnd === 0)) move(0, -1);
    else if (e.key === 'ArrowRight' && (whole || input.selectionStart === input.value.length)) move(0, 1);
    else if (e.key === 'Escape') {
      setTyped(({ [key(channel, day)]: _old, ...rest }) => rest);
      setFailed(({ [key(channel, day)]: _old, ...rest }) => rest);
    } else if ((e.ctrlKey || e.metaKey) && e.key === 'z' && typed[key(channel, day)] === undefined) {
      e.preventDefault();
      undo();
    }
  };

  const paste = (e: ClipboardEvent<HTMLInputElement>, r: number, c: number) => {
    const cells = cellsOf(e.clipboardData.getData('text'));
    if (cells.length === 1 && cells[0]!.length === 1) return;
    e.preventDefault();
    const edits: Edit[] = [];
    cells.forEach((line, dr) =>
      line.forEach((text, dc) => {
        const channel = rows[r + dr];
        const day = days[c + dc];
        if (!channel || channel.archived || !day) return;
        const edit = editOf(channel.id, day, text);
        if (edit === null) setFailed((was) => ({ ...was, [key(channel.id, day)]: t('field.amountWrong') }));
        setTyped((was) => ({ ...was, [key(channel.id, day)]: text }));
        if (edit) edits.push(edit);
      }),
    );
    if (edits.length > 0) void save(edits);
  };

  // Leaving with something half typed keeps it: a cell is saved when it loses the focus.
  useEffect(() => () => setTyped({}), []);

  const sum = (values: (number | undefined)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const money = (n: number) => (n ? f.money(n) : <span className="fp-muted">—</span>);
  const weekdays = new Intl.DateTimeFormat(f.language, { weekday: 'short', timeZone: 'UTC' });

  return (
    <>
      <div className="fp-scroll" role="region" aria-label={t('costs.grid')} tabIndex={0}>
        <table className="fp-cost-grid" ref={table}>
          <thead>
            <tr>
              <th scope="col">{t('channels.name')}</th>
              {days.map((d) => (
                <th key={d} scope="col" className={`${weekdayOf(d) > 4 ? 'weekend' : ''} ${d === today ? 'today' : ''}`}>
                  <span className="fp-small">{weekdays.format(new Date(`${d}T00:00:00Z`))}</span>
                  <br />
                  {Number(d.slice(5, 7))}/{Number(d.slice(8))}
                </th>
              ))}
              <th scope="col" className="sum">
                {t('catch.sum')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((n, r) => (
              <tr key={n.id} className={n.archived ? 'fp-muted' : undefined}>
                <th scope="row" style={{ paddingLeft: 12 + depth[n.level] * 16 }} title={n.path.join(' › ')}>
                  {n.name}
                </th>
                {days.map((d, c) => {
                  const k = key(n.id, d);
                  const wrong = failed[k];
                  return (
                    <td key={d} className={`${weekdayOf(d) > 4 ? 'weekend' : ''} ${d === today ? 'today' : ''}`}>
                      {write && !n.archived ? (
                        <input
                          inputMode="decimal"
                          autoComplete="off"
                          maxLength={16}
                          data-cell={`${r} ${c}`}
                          aria-label={t('costs.cell', { name: n.name, day: d })}
                          aria-invalid={wrong ? true : undefined}
                          title={wrong}
                          className={wrong ? 'wrong' : undefined}
                          value={typed[k] ?? shown(n.id, d)}
                          placeholder={n.below.length > 0 && below(n, d) > 0 ? plain(below(n, d)) : undefined}
                          onChange={(e) => {
                            const { value } = e.currentTarget;
                            setTyped((was) => ({ ...was, [k]: value }));
                          }}
                          onFocus={(e) => e.currentTarget.select()}
                          onBlur={(e) => {
                            if (typed[k] !== undefined) commit(n.id, d, e.currentTarget.value);
                          }}
                          onKeyDown={(e) => press(e, r, c, n.id, d)}
                          onPaste={(e) => paste(e, r, c)}
                        />
                      ) : (
                        <span className="fp-num">{shown(n.id, d)}</span>
                      )}
                    </td>
                  );
                })}
                <td className="sum fp-num">{money(sum(days.map((d) => minor.get(key(n.id, d)))))}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('catch.sum')}</th>
              {days.map((d) => (
                <td key={d} className="fp-num">
                  {plain(sum(rows.map((n) => minor.get(key(n.id, d)))))}
                </td>
              ))}
              <td className="sum fp-num">{money(sum(rows.flatMap((n) => days.map((d) => minor.get(key(n.id, d))))))}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      {write && (
        <div className="fp-table-foot">
          <span className="fp-muted fp-small" aria-live="polite">
            {Object.keys(failed).length > 0 ? <span className="fp-no">{Object.values(failed)[0]}</span> : saving > 0 ? t('costs.saving', { count: saving }) : t('costs.keys')}
          </span>
          <Button size="small" icon={<UndoOutlined />} disabled={done.length === 0 || saving > 0} onClick={undo}>
            {t('costs.undo')}
          </Button>
        </div>
      )}
    </>
  );
}

import { App, Button, Radio, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CodeShift } from '../../api/acquisition';
import { WeekGrid } from './WeekGrid';
import { emptyWeek, onDuty, paint, roughly, stepOf, toShifts, toWeek, type Week } from './shifts';

interface Props {
  shifts: CodeShift[];
  members: { id: string; name: string }[];
  onChange: (shifts: CodeShift[]) => void;
  timeZone: string;
}

/** Who is on duty when: one week for everybody, or one for each. */
export function ShiftSection({ shifts, members, onChange, timeZone }: Props) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const mode = shifts.length === 0 ? 'always' : shifts.some((s) => s.staff_ids?.length) ? 'each' : 'same';
  const [who, setWho] = useState('');
  const step = stepOf(shifts);
  const person = members.find((m) => m.id === who) ?? members[0];
  // In the mode of one week each, the shifts of several people together are everyone's own from now on.
  const mine = (id: string) => shifts.filter((s) => !s.staff_ids?.length || s.staff_ids.includes(id));
  const week = useMemo(() => toWeek(mode === 'each' ? (person ? mine(person.id) : []) : shifts, step), [shifts, mode, person?.id, step]); // eslint-disable-line react-hooks/exhaustive-deps
  const uncovered = useMemo(() => {
    if (shifts.length === 0) return 0;
    const ids = members.map((m) => m.id);
    let n = 0;
    for (let d = 0; d < 7; d++) for (let m = 0; m < 24 * 60; m += 30) if (onDuty(ids, shifts, d, m).length === 0) n++;
    return n / 2;
  }, [shifts, members]);

  const regroup = (weeks: Map<string, Week>) => {
    // Who works the same hours shares the shifts.
    const same = new Map<string, string[]>();
    for (const [id, w] of weeks) same.set(JSON.stringify(w), [...(same.get(JSON.stringify(w)) ?? []), id]);
    return [...same].flatMap(([w, ids]) => toShifts(JSON.parse(w) as Week, step, ids));
  };
  const change = (next: Week) => {
    if (next.every((d) => d.every((on) => !on))) {
      // No shifts would mean always: the opposite of what was drawn.
      if (mode !== 'each' || members.every((m) => m.id === person?.id || mine(m.id).length === 0)) {
        void message.warning(t('codeForm.week.last'));
        return;
      }
    }
    if (mode === 'same') onChange(toShifts(next, step, []));
    else if (person) onChange(regroup(new Map(members.map((m) => [m.id, m.id === person.id ? next : toWeek(mine(m.id), step)]))));
  };
  const presets: [string, () => Week][] = [
    ['office', () => paint(emptyWeek(step), [0, (9 * 60) / step], [4, (18 * 60) / step - 1], true)],
    ['shop', () => paint(emptyWeek(step), [0, (10 * 60) / step], [6, (22 * 60) / step - 1], true)],
    ['always', () => paint(emptyWeek(step), [0, 0], [6, (24 * 60) / step - 1], true)],
  ];
  const office = () => toShifts(paint(emptyWeek(30), [0, 18], [4, 35], true), 30, []);

  return (
    <div className="fp-stack">
      <Radio.Group
        value={mode}
        aria-label={t('codeForm.when')}
        onChange={(e) => {
          const next = e.target.value as typeof mode;
          if (next === 'always') onChange([]);
          else if (next === 'same') onChange(mode === 'always' ? office() : toShifts(toWeek(shifts, step), step, []));
          else onChange((mode === 'always' ? office() : shifts).map((s) => ({ ...s, staff_ids: members.map((m) => m.id) })));
        }}
        options={[
          { value: 'always', label: t('codeForm.always') },
          { value: 'same', label: t('codeForm.sameWeek') },
          { value: 'each', label: t('codeForm.eachWeek'), disabled: members.length < 2 && mode !== 'each' },
        ]}
      />
      {mode !== 'always' && (
        <>
          <div className="fp-toolbar fp-tight">
            {mode === 'each' && person && <Select value={person.id} aria-label={t('codeForm.weekOf')} onChange={setWho} popupMatchSelectWidth={false} options={members.map((m) => ({ value: m.id, label: m.name }))} />}
            {presets.map(([key, make]) => (
              <Button key={key} size="small" onClick={() => change(make())}>
                {t(`codeForm.week.${key}`)}
              </Button>
            ))}
          </div>
          <WeekGrid week={week} step={step} onChange={change} label={mode === 'each' && person ? t('codeForm.weekOfName', { name: person.name }) : t('codeForm.weekAll')} />
          <span className="fp-muted fp-small">{t('codeForm.weekHelp', { zone: timeZone })}</span>
          {roughly(shifts, step) && <span className="fp-warn fp-small">{t('codeForm.weekRough')}</span>}
          {uncovered > 0 && <span className="fp-small fp-warn">{t('codeForm.uncovered', { count: uncovered })}</span>}
        </>
      )}
    </div>
  );
}

/** Drops from shifts who is no longer a member; a shift of nobody goes. */
export function withoutStaff(shifts: CodeShift[], id: string): CodeShift[] {
  return shifts.flatMap((s) => {
    if (!s.staff_ids?.includes(id)) return [s];
    const staff_ids = s.staff_ids.filter((x) => x !== id);
    return staff_ids.length > 0 ? [{ ...s, staff_ids }] : [];
  });
}


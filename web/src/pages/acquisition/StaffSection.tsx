import { DeleteOutlined } from '@ant-design/icons';
import { Button, InputNumber, Radio, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import type { CodeMember, CodeSpec } from '../../api/acquisition';
import { useStaff } from '../../app/useStaff';
import { Field } from '../../ui/Field';
import { withoutStaff } from './ShiftSection';

interface Props {
  spec: CodeSpec;
  page: boolean;
  onChange: (patch: Partial<CodeSpec>) => void;
  /** Who is a member of the account; undefined when not known. */
  known?: Set<string>;
  errorAt: (path: string) => string | undefined;
}

const strategies = ['round_robin', 'weighted', 'least_loaded'] as const;

/** Who takes the customers of a code, how many each, and who steps in. */
export function StaffSection({ spec, page, onChange, known, errorAt }: Props) {
  const { t } = useTranslation();
  const { list, nameOf } = useStaff();
  const members = spec.members ?? [];
  const set = (i: number, patch: Partial<CodeMember>) => onChange({ members: members.map((m, n) => (n === i ? { ...m, ...patch } : m)) });
  const offered = (taken: string[]) =>
    list.filter((s) => s.status === 'active' && !taken.includes(s.id)).map((s) => ({ value: s.id, label: known && !known.has(s.id) ? t('codeForm.notMember', { name: s.name }) : s.name }));
  const gone = (id: string) => list.length > 0 && list.find((s) => s.id === id)?.status !== 'active';
  const weighted = spec.strategy === 'weighted';
  const weights = members.reduce((n, m) => n + (m.weight || 1), 0);

  return (
    <div className="fp-stack">
      <div className="fp-field">
        {members.length > 0 && (
          <table className="fp-members">
            <thead>
              <tr>
                <th scope="col">{t('catch.staff')}</th>
                {weighted && <th scope="col">{t('codeForm.weight')}</th>}
                <th scope="col">{t('codeForm.cap')}</th>
                <th scope="col">
                  <span className="fp-hidden">{t('common.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {members.map((m, i) => (
                <tr key={m.staff_id}>
                  <td>
                    {nameOf(m.staff_id) || m.staff_id}
                    {gone(m.staff_id) ? <div className="fp-no fp-small">{t('codeForm.gone')}</div> : known && !known.has(m.staff_id) && <div className="fp-warn fp-small">{t('codeForm.notMemberWhy')}</div>}
                    {errorAt(`members[${i}].staff_id`) && <div className="fp-no fp-small">{errorAt(`members[${i}].staff_id`)}</div>}
                  </td>
                  {weighted && (
                    <td>
                      <InputNumber size="small" min={1} max={100} precision={0} value={m.weight || 1} aria-label={t('codeForm.weightOf', { name: nameOf(m.staff_id) })} onChange={(n) => set(i, { weight: n ?? 1 })} />{' '}
                      <span className="fp-muted fp-small fp-num">{Math.round(((m.weight || 1) / weights) * 100)}%</span>
                    </td>
                  )}
                  <td>
                    <InputNumber
                      size="small"
                      min={1}
                      max={100_000}
                      precision={0}
                      value={m.daily_cap || null}
                      placeholder={t('codeForm.noCap')}
                      aria-label={t('codeForm.capOf', { name: nameOf(m.staff_id) })}
                      onChange={(n) => set(i, { daily_cap: n ?? 0 })}
                    />
                  </td>
                  <td>
                    <Button
                      size="small"
                      type="text"
                      icon={<DeleteOutlined />}
                      aria-label={t('codeForm.removeStaff', { name: nameOf(m.staff_id) })}
                      onClick={() => onChange({ members: members.filter((_, n) => n !== i), shifts: withoutStaff(spec.shifts ?? [], m.staff_id) })}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Select<string>
          className="fp-full"
          value={null as unknown as string}
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('codeForm.addStaff')}
          aria-label={t('codeForm.addStaff')}
          status={errorAt('members') ? 'error' : undefined}
          options={offered(members.map((m) => m.staff_id))}
          onSelect={(id: string) => onChange({ members: [...members, { staff_id: id }] })}
          notFoundContent={t('codeForm.noMoreStaff')}
        />
        {errorAt('members') && (
          <div className="fp-no fp-small" role="alert">
            {errorAt('members')}
          </div>
        )}
      </div>
      <div className="fp-field" role="group" aria-label={t('codeForm.strategy')}>
        <span className="fp-label">{t('codeForm.strategy')}</span>
        <Radio.Group value={spec.strategy || 'round_robin'} onChange={(e) => onChange({ strategy: e.target.value as CodeSpec['strategy'] })} options={strategies.map((s) => ({ value: s, label: t(`codeForm.strategies.${s}`) }))} />
        <div className="fp-muted fp-small">{t(`codeForm.strategyHelp.${!page && (spec.strategy || 'round_robin') === 'round_robin' ? 'platform' : spec.strategy || 'round_robin'}`)}</div>
      </div>
      <Field label={t('codeForm.spare')} help={t('codeForm.spareHelp')} error={errorAt('spare')}>
        {(id) => (
          <Select<string[]>
            id={id}
            mode="multiple"
            className="fp-full"
            value={spec.spare ?? []}
            maxCount={20}
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('codeForm.noSpare')}
            options={[...offered(members.map((m) => m.staff_id)), ...(spec.spare ?? []).filter(gone).map((s) => ({ value: s, label: nameOf(s) || s }))]}
            onChange={(spare) => onChange({ spare })}
          />
        )}
      </Field>
      <label className="fp-switch">
        <Switch checked={spec.confirm ?? false} onChange={(confirm) => onChange({ confirm })} /> {t('codeForm.confirm')}
        <span className="fp-muted fp-small">{t('codeForm.confirmHelp')}</span>
      </label>
    </div>
  );
}

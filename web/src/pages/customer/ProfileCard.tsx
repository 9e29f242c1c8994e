import { Card, DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Person } from '../../api/types';
import { useStaff } from '../../app/useStaff';
import { TimeText } from '../../ui/values';
import { EditableRow } from './EditableRow';
import { usePersonChange } from './usePersonChange';

const genders = ['female', 'male', 'other'] as const;

export function ProfileCard({ person: p, write }: { person: Person; write: boolean }) {
  const { t } = useTranslation();
  const change = usePersonChange(p.id, (body: Parameters<typeof persons.update>[1]) => persons.update(p.id, body));
  const staff = useStaff();

  const text = (v: string, set: (v: string) => void, finish: () => void, label: string) => (
    <Input size="small" value={v} autoFocus aria-label={label} maxLength={200} onChange={(e) => set(e.target.value)} onPressEnter={finish} />
  );
  return (
    <Card title={t('customer.profile')}>
      <dl className="fp-rows">
        <EditableRow
          label={t('field.name')}
          value={p.name}
          shown={p.name}
          write={write}
          save={(name) => change.mutateAsync({ name: name.trim() })}
          editor={(v, set, finish) => text(v, set, finish, t('field.name'))}
        />
        <EditableRow
          label={t('field.region')}
          value={p.region}
          shown={p.region}
          write={write}
          save={(region) => change.mutateAsync({ region: region.trim() })}
          editor={(v, set, finish) => text(v, set, finish, t('field.region'))}
        />
        <EditableRow<Person['gender']>
          label={t('field.gender')}
          value={p.gender || ''}
          shown={p.gender ? t(`gender.${p.gender}`, { defaultValue: p.gender }) : ''}
          write={write}
          save={(gender) => change.mutateAsync({ gender })}
          editor={(v, set) => (
            <Select
              size="small"
              allowClear
              autoFocus
              aria-label={t('field.gender')}
              style={{ flex: 1 }}
              value={v || undefined}
              onChange={(next?: Person['gender']) => set(next ?? '')}
              options={genders.map((g) => ({ value: g, label: t(`gender.${g}`) }))}
            />
          )}
        />
        <EditableRow
          label={t('field.birthday')}
          value={p.birthday || ''}
          shown={p.birthday}
          write={write}
          save={(birthday) => change.mutateAsync({ birthday })}
          editor={(v, set) => (
            <DatePicker
              size="small"
              autoFocus
              aria-label={t('field.birthday')}
              style={{ flex: 1 }}
              maxDate={dayjs()}
              value={v ? dayjs(v) : null}
              onChange={(d) => set(d ? d.format('YYYY-MM-DD') : '')}
            />
          )}
        />
        <EditableRow
          label={t('field.owner')}
          value={p.owner_staff_id || ''}
          shown={staff.nameOf(p.owner_staff_id) || p.owner_staff_id}
          write={write}
          save={(owner_staff_id) => change.mutateAsync({ owner_staff_id })}
          editor={(v, set) => (
            <Select
              size="small"
              allowClear
              autoFocus
              showSearch={{ optionFilterProp: 'label' }}
              aria-label={t('field.owner')}
              style={{ flex: 1 }}
              value={v || undefined}
              onChange={(next?: string) => set(next ?? '')}
              options={staff.list.filter((s) => s.status === 'active').map((s) => ({ value: s.id, label: s.name }))}
            />
          )}
        />
        <div className="fp-row">
          <dt>{t('field.created')}</dt>
          <dd>
            <TimeText at={p.created_at} />
          </dd>
        </div>
        <div className="fp-row">
          <dt>{t('field.updated')}</dt>
          <dd>
            <TimeText at={p.updated_at} />
          </dd>
        </div>
      </dl>
    </Card>
  );
}

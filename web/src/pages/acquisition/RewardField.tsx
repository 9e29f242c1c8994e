import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { rewards, type Reward } from '../../api/acquisition';

interface Props {
  value?: string;
  onChange?: (id: string) => void;
  id?: string;
  /** Only rules with one of these conditions; none: all. */
  conditions?: readonly Reward['condition'][];
}

/** A reward as a field of a form: the rules that are in force. */
export function RewardField({ value, onChange, id, conditions }: Props) {
  const { t } = useTranslation();
  const offered = useQuery({ queryKey: ['rewards', 'offered'], queryFn: rewards.offered, staleTime: 30_000 });
  const list = (offered.data ?? []).filter((r) => !conditions || conditions.includes(r.condition) || r.id === value);
  return (
    <Select<string>
      id={id}
      className="fp-full"
      allowClear
      value={value || undefined}
      loading={offered.isPending}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t('rewards.none')}
      options={list.map((r) => ({ value: r.id, label: `${r.name} · ${t(`rewards.condition.${r.condition}`)}` }))}
      onChange={(v?: string) => onChange?.(v ?? '')}
      notFoundContent={t('rewards.noneYet')}
    />
  );
}

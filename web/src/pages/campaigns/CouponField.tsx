import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { coupons } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { Field } from '../../ui/Field';

interface Props {
  value: string;
  disabled: boolean;
  error?: string;
  onChange: (id: string) => void;
}

/** Whose codes the message gives away, one to each person. */
export function CouponField({ value, disabled, error, onChange }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = useQuery({ queryKey: ['coupon-pools', 'choices'], queryFn: () => coupons.list() });
  return (
    <Field
      label={t('campaigns.fields.coupon_pool_id')}
      error={error}
      help={
        <>
          {t('campaigns.couponHelp', { variable: '{{ coupon }}' })} <Link to="/campaigns/coupons">{t('campaigns.coupons.title')}</Link>
        </>
      }
    >
      {(id) => (
        <Select
          id={id}
          className="fp-full"
          allowClear
          disabled={disabled}
          status={error ? 'error' : undefined}
          aria-label={t('campaigns.fields.coupon_pool_id')}
          placeholder={t('campaigns.noCoupon')}
          value={value || undefined}
          onChange={(v: string | undefined) => onChange(v ?? '')}
          options={(list.data?.items ?? []).map((p) => ({ value: p.id, label: t('campaigns.couponLeft', { name: p.name, left: f.number(p.left) }) }))}
        />
      )}
    </Field>
  );
}

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PersonRow } from '../../api/types';
import { MoneyText, StageTag, TimeText } from '../../ui/values';

/** One of several persons, with what tells them apart. */
export function PersonBox({ person: p }: { person: PersonRow }) {
  const { t } = useTranslation();
  return (
    <div className="fp-box">
      <div className="fp-card-line">
        <Link to="/customers/$personId" params={{ personId: p.id }} className="fp-link-row">
          {p.name || t('customer.nameless')}
        </Link>
        <StageTag stage={p.stage} />
      </div>
      <div className="fp-muted fp-break">
        {p.identities.map((i) => `${t(`identity.${i.kind}`, { defaultValue: i.kind })} ${i.value}`).join(' · ')}
      </div>
      <div>
        {[p.region, t('customers.orderCount', { count: p.orders })].filter(Boolean).join(' · ')} · <MoneyText minor={p.gmv_minor} currency={p.currency} />
      </div>
      <div className="fp-muted fp-small">
        {t('field.created')} <TimeText at={p.created_at} /> · {t('field.lastOrder')} <TimeText at={p.last_order_at} />
      </div>
    </div>
  );
}

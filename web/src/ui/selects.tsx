import { Select, type SelectProps } from 'antd';
import { useMemo } from 'react';
import { usePreferences } from '../app/preferences';

const currencies = ['CNY', 'HKD', 'TWD', 'MOP', 'USD', 'EUR', 'GBP', 'JPY', 'KRW', 'SGD', 'MYR', 'THB', 'VND', 'AUD', 'CAD', 'CHF', 'INR', 'IDR', 'PHP', 'AED', 'BRL', 'MXN'];

/** Searched by whatever part of the label somebody remembers. */
const byLabel: SelectProps['showSearch'] = {
  filterOption: (input, option) => String(option?.label ?? '').toLowerCase().includes(input.trim().toLowerCase()),
};

export function CurrencySelect(props: SelectProps<string>) {
  const { language } = usePreferences();
  const options = useMemo(() => {
    const names = new Intl.DisplayNames(language, { type: 'currency' });
    return currencies.map((c) => ({ value: c, label: `${c} ${names.of(c) ?? ''}` }));
  }, [language]);
  return <Select showSearch={byLabel} options={options} {...props} />;
}

export function ZoneSelect(props: SelectProps<string>) {
  const options = useMemo(() => {
    const zones = Intl.supportedValuesOf('timeZone');
    return ['UTC', ...zones.filter((z) => z !== 'UTC')].map((z) => ({ value: z, label: z.replaceAll('_', ' ') }));
  }, []);
  return <Select showSearch={byLabel} options={options} {...props} />;
}

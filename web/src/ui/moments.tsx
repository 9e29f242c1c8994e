import { DatePicker, TimePicker } from 'antd';
import dayjs from 'dayjs';

interface Props {
  id?: string;
  value: string;
  onChange: (value: string) => void;
  disabled?: boolean;
  status?: 'error';
  label?: string;
}

/** A day and a time on some clock ("2026-11-22T22:30"); whose clock is said beside it. */
export function MomentInput({ value, onChange, label, ...rest }: Props) {
  return (
    <DatePicker
      {...rest}
      aria-label={label}
      allowClear={false}
      needConfirm={false}
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      style={{ width: 200 }}
      value={dayjs(value)}
      onChange={(at) => at && onChange(at.format('YYYY-MM-DDTHH:mm'))}
    />
  );
}

/** A time on the clock ("21:00"). */
export function ClockInput({ value, onChange, label, ...rest }: Props) {
  return <TimePicker {...rest} aria-label={label} allowClear={false} needConfirm={false} format="HH:mm" minuteStep={5} style={{ width: 100 }} value={dayjs(`2000-01-01T${value}`)} onChange={(at) => at && onChange(at.format('HH:mm'))} />;
}

import type { Model } from './linearizability.ts';

/** What was asked of one wallet, with the answer; an unknown operation has no `balance`. */
export type WalletInput =
  | { readonly kind: 'charge'; readonly amount: number; readonly balance: number | null }
  | { readonly kind: 'pay'; readonly amount: number; readonly balance: number | null }
  /** What a cancelled reservation had cost. */
  | { readonly kind: 'refund'; readonly amount: number; readonly balance: number | null }
  /** A payment that was refused for want of points. */
  | { readonly kind: 'refused'; readonly amount: number; readonly balance: number }
  | { readonly kind: 'read'; readonly balance: number };

/** A wallet: a balance that begins at zero. Every answer tells the balance that it left or found. */
export const walletModel: Model<number, WalletInput> = {
  initial: 0,
  step(balance, { input }, atMs) {
    switch (input.kind) {
      case 'charge':
      case 'refund':
        return told(input.balance, balance + input.amount, atMs);
      case 'pay':
        return balance < input.amount ? undefined : told(input.balance, balance - input.amount, atMs);
      case 'refused':
        return balance >= input.amount ? undefined : told(input.balance, balance, atMs);
      case 'read':
        return told(input.balance, balance, atMs);
    }
  },
  nameState: String,
  nameEffect: (input) => ('amount' in input ? `${input.kind} ${input.amount}` : input.kind),
};

function told(answer: number | null, balance: number, atMs: number) {
  return answer === null || answer === balance ? { state: balance, atMs } : undefined;
}

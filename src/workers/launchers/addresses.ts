/** Addresses of this machine, for workers on others. */
import { isIP } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/** What is listened on; `address` is one that workers reach, and may be that of a router before us. */
export function bindAddressOf(address: string | null): string {
  return address !== null && isIP(address) > 0 && isOwn(address) ? address : '0.0.0.0';
}

function isOwn(address: string): boolean {
  return address.startsWith('127.') || allAddresses().some((own) => own.address === address);
}

export function outerAddresses(): string[] {
  return allAddresses()
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}

function allAddresses(): NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}

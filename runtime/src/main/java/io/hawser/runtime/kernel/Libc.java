package io.hawser.runtime.kernel;

import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.SaveError;

/**
 * The few functions of the C library that are used. Addresses are plain numbers.
 *
 * <p>jnr-ffi's x86-64 stubs garble the sixth argument of functions with exactly six, hence the
 * seventh, unused one of {@code posix_spawn}.
 */
public interface Libc {
  Libc INSTANCE = LibraryLoader.create(Libc.class).load("c");

  @SaveError
  long syscall(long number, long a, long b, long c, long d, long e, long f);

  int posix_spawn(
      long pid, long path, long actions, long attributes, long argv, long env, long unused);

  int posix_spawn_file_actions_init(long actions);

  int posix_spawn_file_actions_destroy(long actions);

  int posix_spawn_file_actions_adddup2(long actions, int from, int to);

  int posix_spawn_file_actions_addclosefrom_np(long actions, int from);

  int posix_spawnattr_init(long attributes);

  int posix_spawnattr_destroy(long attributes);

  int posix_spawnattr_setflags(long attributes, short flags);

  int posix_spawnattr_setsigmask(long attributes, long set);

  int posix_spawnattr_setsigdefault(long attributes, long set);
}

package io.hawser.runtime;

import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.log.LogPump;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all containers of a node share.
 *
 * @param spawner begins launches
 * @param images keeps containers' images from being collected
 * @param afterwards does what nobody waits for
 * @param runtimes those of others, for pods with a runtime class
 * @param timers runs short, non-blocking tasks: graces, and the completions users hang on to
 */
record NodeKernel(
    Kernel kernel,
    Launcher launcher,
    Spawner spawner,
    ProcessWatcher watcher,
    LogPump logs,
    ExitPins pins,
    ImagePins images,
    Afterwards afterwards,
    OciRuntimes runtimes,
    ScheduledExecutorService timers) {}

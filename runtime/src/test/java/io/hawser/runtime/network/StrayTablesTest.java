package io.hawser.runtime.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.LinuxKernel;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class StrayTablesTest {
  private static final Cidr SUBNET = Cidr.parse("192.0.2.0/24");

  private final Kernel kernel = new LinuxKernel();

  @Test
  void aTableWithoutItsBridgeIsRemovedAndAnotherStays() throws Exception {
    assertThat(
            inNetworkOfItsOwn(
                () -> {
                  for (String name : List.of("hws-00000001", "hws-00000002")) {
                    new Masquerade(kernel, name, SUBNET).install(List.of());
                  }
                  new StrayTables(kernel, "hws-00000002"::equals).remove();
                  return new StrayTables(kernel, name -> true).names();
                }))
        .containsExactly("hws-00000002");
  }

  @Test
  void aMachineWithoutTablesHasNone() throws Exception {
    assertThat(inNetworkOfItsOwn(() -> new StrayTables(kernel, name -> false).names())).isEmpty();
  }

  private List<String> inNetworkOfItsOwn(java.util.concurrent.Callable<List<String>> body)
      throws InterruptedException, ExecutionException {
    FutureTask<List<String>> task =
        new FutureTask<>(
            () -> {
              kernel.unshare(new Kernel.Unshare(Flags.CLONE_NEWNET));
              return body.call();
            });
    new Thread(task, "own-network").start();
    return task.get();
  }
}

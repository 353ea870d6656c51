package io.hawser.ops.node;

import java.lang.invoke.LambdaMetafactory;
import java.util.regex.Pattern;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes serializable lambdas plain ones, which the archive holds: Java serialization is off in all
 * of Hawser. Arguments are those of {@code java.lang.invoke.LambdaMetafactory.altMetafactory}.
 */
final class PlainLambdas extends ClassVisitor {
  private static final String OWNER = "java/lang/invoke/LambdaMetafactory";

  private static final Handle PLAIN =
      new Handle(
          Opcodes.H_INVOKESTATIC,
          OWNER,
          "metafactory",
          "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
              + "Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MethodHandle;"
              + "Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/CallSite;",
          false);

  /**
   * They declare the one erased method only, so that nobody can call the bridges which Scala's
   * compiler asks for beside it.
   */
  private static final Pattern WITHOUT_BRIDGES =
      Pattern.compile("scala/(Function\\d+|runtime/java8/JFunction.*)");

  private static final int FLAGS = 3;

  PlainLambdas(ClassVisitor next) {
    super(Opcodes.ASM9, next);
  }

  @Override
  public MethodVisitor visitMethod(
      int access, String name, String descriptor, String signature, String[] exceptions) {
    MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
    return new MethodVisitor(Opcodes.ASM9, method) {
      @Override
      public void visitInvokeDynamicInsn(
          String lambda, String type, Handle bootstrap, Object... arguments) {
        if (canBePlain(type, bootstrap, arguments)) {
          super.visitInvokeDynamicInsn(
              lambda, type, PLAIN, arguments[0], arguments[1], arguments[2]);
        } else {
          super.visitInvokeDynamicInsn(lambda, type, bootstrap, arguments);
        }
      }
    };
  }

  private static boolean canBePlain(String type, Handle bootstrap, Object[] arguments) {
    if (!bootstrap.getOwner().equals(OWNER) || !bootstrap.getName().equals("altMetafactory")) {
      return false;
    }
    int flags = (Integer) arguments[FLAGS];
    if (flags == LambdaMetafactory.FLAG_SERIALIZABLE) {
      return true;
    }
    return flags == (LambdaMetafactory.FLAG_SERIALIZABLE | LambdaMetafactory.FLAG_BRIDGES)
        && ((Integer) arguments[FLAGS + 1] == 0
            || WITHOUT_BRIDGES.matcher(Type.getReturnType(type).getInternalName()).matches());
  }
}

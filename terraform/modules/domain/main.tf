data "aws_route53_zone" "this" {
  name         = var.zone_name
  private_zone = false
}

resource "aws_acm_certificate" "this" {
  domain_name       = var.domain_name
  validation_method = "DNS"
  tags              = var.tags

  lifecycle {
    # A certificate cannot be deleted while a listener uses it, so its successor comes first.
    create_before_destroy = true

    precondition {
      condition     = var.domain_name == trimsuffix(var.zone_name, ".") || endswith(var.domain_name, ".${trimsuffix(var.zone_name, ".")}")
      error_message = "The domain ${var.domain_name} is not inside the zone ${var.zone_name}."
    }
  }
}

locals {
  # One name, so one record proves it.
  validation = one(aws_acm_certificate.this.domain_validation_options)
}

# A record that is there already belongs to somebody else's certificate for the same name. It is not overwritten,
# because deleting it later would stop that certificate's renewal.
resource "aws_route53_record" "validation" {
  zone_id         = data.aws_route53_zone.this.zone_id
  name            = local.validation.resource_record_name
  type            = local.validation.resource_record_type
  records         = [local.validation.resource_record_value]
  ttl             = 60
  allow_overwrite = false
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]

  # The provider itself would wait for 75 minutes. What has not come after twenty will not come.
  timeouts {
    create = "20m"
  }
}

resource "aws_route53_record" "alias" {
  zone_id = data.aws_route53_zone.this.zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = var.load_balancer_dns_name
    zone_id                = var.load_balancer_zone_id
    evaluate_target_health = false
  }
}
